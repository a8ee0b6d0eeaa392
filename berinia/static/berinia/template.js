// The preview of a message beside its form: what is typed is sent to the server, which writes it out as it would go.
// Without this file, the button « Aperçu » does the same. The answer is shown in a frame that can do nothing.
"use strict";

const PAUSE = 400; // milliseconds without a key

function live(section) {
  const form = document.getElementById(section.dataset.form);
  const frame = section.querySelector("iframe");
  const said = section.querySelector("[data-said]");
  if (!form || !frame) return;
  let timer = 0;
  let asked = null;

  async function show() {
    if (asked) asked.abort();
    asked = new AbortController();
    const mine = asked;
    try {
      const answer = await fetch(section.dataset.live, { method: "POST", body: new FormData(form), signal: mine.signal });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      frame.srcdoc = await answer.text();
      said.textContent = "";
    } catch (error) {
      if (!mine.signal.aborted) said.textContent = section.dataset.expired;
    }
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(show, PAUSE);
  }

  form.addEventListener("input", later);
  form.addEventListener("change", later);
  for (const field of section.querySelectorAll("input, select")) {
    field.addEventListener("input", later);
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") { event.preventDefault(); show(); }
    });
  }
  section.querySelector("button").addEventListener("click", (event) => { event.preventDefault(); show(); });
  show();
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-live]").forEach(live);
  for (const select of document.querySelectorAll("select[data-submits]")) {
    select.addEventListener("change", () => select.form.submit());
  }
});
