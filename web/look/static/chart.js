/* Draws every chart of a page from the data that stands beside it; without it the table says the same. */
"use strict";
for (const holder of document.querySelectorAll("[data-chart]")) {
  const figure = JSON.parse(document.getElementById(holder.dataset.chart).textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  if (dark) figure.layout.font.color = "#c2bdae";
  Plotly.newPlot(holder, figure.data, figure.layout, { displayModeBar: false, responsive: true, locale: "zh-CN" });
}
