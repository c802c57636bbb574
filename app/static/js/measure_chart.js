// Draws the rates of the table named by a canvas's data-chart-of, again after the table was replaced.
const style = getComputedStyle(document.documentElement);
let chart = null;

function draw() {
  const canvas = document.querySelector("canvas[data-chart-of]");
  if (chart) chart.destroy();
  chart = null;
  if (!canvas) return;
  const rows = [...document.querySelectorAll(`#${canvas.dataset.chartOf} tbody tr`)];
  const known = rows.filter((row) => row.dataset.share !== "");
  const labels = known.map((row) => row.querySelector("th").firstChild.textContent.trim());
  const data = known.map((row) => Number(row.dataset.share) * 100);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  chart = new window.Chart(canvas, {
    type: "bar",
    data: { labels, datasets: [{ data, maxBarThickness: 48, backgroundColor: style.getPropertyValue("--tl-green") }] },
    options: {
      animation: still ? false : { duration: 200 },
      maintainAspectRatio: false,
      plugins: { legend: { display: false } },
      scales: { y: { min: 0, max: 100, ticks: { callback: (value) => `${value} %` } } },
    },
  });
}

document.addEventListener("htmx:afterSettle", draw);
if (window.Chart) draw();
else addEventListener("load", draw);
