/* Draws every chart of a page from the data that stands beside it; without it the table says the same. */
"use strict";
const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
for (const holder of document.querySelectorAll("[data-chart]")) {
  const figure = JSON.parse(document.getElementById(holder.dataset.chart).textContent);
  figure.layout.font.color = ink("--quiet");
  for (const [name, axis] of Object.entries(figure.layout)) {
    if (!/^[xy]axis/.test(name)) continue;
    axis.gridcolor = axis.linecolor = axis.tickcolor = ink("--line");
    axis.zerolinecolor = ink("--strong");
  }
  Plotly.newPlot(holder, figure.data, figure.layout, { displayModeBar: false, responsive: true, locale: document.documentElement.lang });
}
