// « Installer sur le site »: copies texts, puts the key where it belongs, and sends a trial with the real berinia.js.
(() => {
  "use strict";
  const place = document.querySelector("[data-install]");
  if (!place) return;
  const KEY = /ber_pk_[\w-]{20,}/;
  const snippet = document.getElementById("snippet");
  const trial = document.querySelector("[data-trial]");
  const said = document.querySelector("[data-trial-said]");

  async function copy(button) {
    const text = document.getElementById(button.dataset.copy).textContent;
    const note = button.parentElement.querySelector("[data-copied]");
    try {
      await navigator.clipboard.writeText(text);
      note.textContent = note.dataset.copied;
    } catch {
      // Without https the clipboard is closed: the text is selected instead.
      getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
    }
  }

  function load(key) {
    // Once loaded it reads the key at each event: a second copy of it would report everything twice.
    const loaded = document.querySelector("script[data-cle]");
    if (loaded) return void (loaded.dataset.cle = key);
    const script = document.createElement("script");
    script.src = place.dataset.source.replace(/^https?:\/\/[^/]+/, location.origin);
    script.dataset.cle = key;
    script.onload = () => (trial.querySelector("[data-trial-send]").disabled = false);
    document.head.append(script);
  }

  function take(text) {
    const key = KEY.exec(text)?.[0];
    if (!key) return;
    snippet.textContent = snippet.dataset.template.replace("{cle}", key);
    said.textContent = "";
    load(key);
  }

  document.querySelectorAll("[data-copy]").forEach((button) => button.addEventListener("click", () => copy(button)));
  document.querySelector("[data-key]")?.addEventListener("change", (event) => take(event.target.value));
  document.querySelector("[data-key]")?.addEventListener("paste", (event) => take(event.clipboardData.getData("text")));

  document.querySelector("[data-trial-event]").addEventListener("change", (event) => {
    trial.dataset.berinia = event.target.value;
  });
  // berinia.js has heard of it by then (it listens first); the admin's page itself stays.
  trial.addEventListener("submit", (event) => {
    event.preventDefault();
    said.textContent = said.dataset.sending;
  });
  document.addEventListener("berinia:recu", (event) => (said.textContent = `${said.dataset.received} ${event.detail.id}`));
  document.addEventListener("berinia:refus", (event) => (said.textContent = event.detail.detail));
  document.addEventListener("berinia:abandon", () => (said.textContent = said.dataset.givenUp));

  take(snippet.textContent);
})();
