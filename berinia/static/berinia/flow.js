// The drawn flow is fetched anew when people of this workflow moved: at most every two seconds, and once after the last.
(() => {
  "use strict";
  const PAUSE = 2_000;
  let timer = 0, last = 0;

  function refresh() {
    timer = 0;
    last = Date.now();
    const place = document.querySelector("[data-flow]");
    if (place && !document.hidden) place.dispatchEvent(new CustomEvent("flow:refresh"));
  }

  function moved(event) {
    const place = document.querySelector("[data-flow]");
    const workflows = event.detail?.workflows;
    if (!place || timer || (workflows && !(place.dataset.flow in workflows))) return;
    timer = setTimeout(refresh, Math.max(0, last + PAUSE - Date.now()));
  }

  document.addEventListener("DOMContentLoaded", () => document.body.addEventListener("live:EXECUTION_PROGRESS", moved));
})();
