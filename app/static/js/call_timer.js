// The call timer: start when it rings, stop when you hang up. The form sends the seconds and when it
// began; without the timer a person writes minutes and says why.
export function runTimers() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-timer]");
    if (button) toggle(button.closest("form"), button);
  });
}

function toggle(form, button) {
  const seconds = form.elements.namedItem("seconds");
  const started = form.elements.namedItem("started_at");
  if (form.dataset.running) {
    clearInterval(Number(form.dataset.running));
    delete form.dataset.running;
  } else {
    const from = Date.now() - Number(seconds.value || 0) * 1000;
    if (!started.value) started.value = new Date(from).toISOString();
    form.dataset.running = setInterval(() => {
      if (!form.isConnected) return clearInterval(Number(form.dataset.running));
      seconds.value = Math.round((Date.now() - from) / 1000);
      draw(form);
    }, 500);
  }
  draw(form);
  const running = Boolean(form.dataset.running);
  button.querySelector("[data-timer-words]").textContent = running ? "Stop" : "Go on";
  button.setAttribute("aria-pressed", String(running));
}

function draw(form) {
  const total = Number(form.elements.namedItem("seconds").value || 0);
  const rest = String(total % 60).padStart(2, "0");
  form.querySelector("[data-timer-clock]").textContent = `${Math.floor(total / 60)}:${rest}`;
}
