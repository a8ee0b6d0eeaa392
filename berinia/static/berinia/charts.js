// Draws the canvases of templates/admin/parts/chart.html with the theme's Chart.js: also those that come later with
// a fragment, and anew when the page turns dark.
(() => {
  const drawn = new Map();

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const options = (canvas) => {
    const dark = document.documentElement.classList.contains("dark");
    const text = colour(dark ? "--color-base-300" : "--color-base-600");
    const line = colour(dark ? "--color-base-800" : "--color-base-200");
    const stacked = canvas.hasAttribute("data-stacked");
    const whole = (value) => (Number.isInteger(value) ? value.toLocaleString(document.documentElement.lang) : "");
    return {
      maintainAspectRatio: false,
      animation: false,
      interaction: { mode: "index", intersect: false },
      plugins: {
        legend: { display: true, align: "end", labels: { color: text, boxWidth: 12, boxHeight: 12 } },
      },
      scales: {
        x: { stacked, ticks: { color: text, maxRotation: 0, autoSkipPadding: 12 }, grid: { display: false } },
        y: { stacked, beginAtZero: true, ticks: { color: text, callback: whole }, grid: { color: line } },
      },
    };
  };

  const draw = () => {
    for (const [canvas, chart] of drawn) {
      if (!canvas.isConnected) {
        chart.destroy();
        drawn.delete(canvas);
      }
    }
    for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
      if (drawn.has(canvas)) continue;
      const data = JSON.parse(canvas.dataset.values);
      for (const set of data.datasets) Object.assign(set, { maxBarThickness: 28, borderRadius: 3, tension: 0.3, pointRadius: 2 });
      drawn.set(canvas, new Chart(canvas.getContext("2d"), { type: canvas.dataset.chart, data, options: options(canvas) }));
    }
  };

  const redraw = () => {
    for (const [canvas, chart] of drawn) {
      chart.options = options(canvas);
      chart.update();
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    draw();
    document.body.addEventListener("htmx:afterSettle", draw);
    new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["class"] });
  });
})();
