// Draws the minutes of the table named by each canvas's data-minutes-of.
const style = getComputedStyle(document.documentElement);

function draw() {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  for (const canvas of document.querySelectorAll("canvas[data-minutes-of]")) {
    const rows = [...document.querySelectorAll(`#${canvas.dataset.minutesOf} tbody tr`)];
    window.Chart.getChart(canvas)?.destroy();
    new window.Chart(canvas, {
      type: "bar",
      data: {
        labels: rows.map((row) => row.querySelector("th").textContent),
        datasets: [{ data: rows.map((row) => Number(row.dataset.minutes)), maxBarThickness: 48, backgroundColor: style.getPropertyValue("--tl-green") }],
      },
      options: {
        animation: still ? false : { duration: 200 },
        maintainAspectRatio: false,
        plugins: { legend: { display: false } },
        scales: { y: { beginAtZero: true, title: { display: true, text: "Minutes" } } },
      },
    });
  }
}

if (window.Chart) draw();
else addEventListener("load", draw);
