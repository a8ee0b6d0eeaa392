// Pages of figures: fresh figures wait while somebody reads a chart's table, and a report is printed by the browser.
(() => {
  "use strict";
  document.addEventListener("DOMContentLoaded", () => {
    document.body.addEventListener("htmx:beforeSwap", (event) => {
      if (event.target.id === "overview" && event.target.querySelector("details[open]")) event.detail.shouldSwap = false;
    });
    for (const button of document.querySelectorAll("[data-print]")) {
      button.hidden = false;
      button.addEventListener("click", () => window.print());
    }
  });
})();
