// What is open stays open when a live region is written anew (`data-keeps-open`): by the ids of its <details>.
document.addEventListener("htmx:beforeSwap", (event) => {
  const region = event.detail.target;
  if (!region.matches || !region.matches("[data-keeps-open]")) return;
  const open = [...region.querySelectorAll("details[open][id]")].map((part) => part.id);
  const focused = document.activeElement && document.activeElement.closest("details[id]");
  document.addEventListener("htmx:afterSwap", () => {
    for (const id of open) {
      const part = document.getElementById(id);
      if (part) part.open = true;
    }
    const part = focused && document.getElementById(focused.id);
    if (part) part.querySelector("summary").focus({ preventScroll: true });
  }, { once: true });
});
