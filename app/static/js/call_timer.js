// The call timer: start when it rings, stop when you hang up. The form sends the seconds talked and how
// long ago it began, so that a wrong clock here does no harm. Without it a person types minutes.
export function runTimers() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-timer]");
    if (button) toggle(button.closest("form"), button);
  });
}

function toggle(form, button) {
  const timer = (form.touchlineTimer ??= { talked: 0, since: null, began: Date.now(), tick: 0 });
  if (timer.since) {
    timer.talked += Date.now() - timer.since;
    timer.since = null;
  } else {
    timer.since = Date.now();
    timer.tick ||= setInterval(() => draw(form, timer), 500);
  }
  draw(form, timer);
  button.querySelector("[data-timer-words]").textContent = timer.since ? "Stop" : "Go on";
  button.setAttribute("aria-pressed", String(Boolean(timer.since)));
}

function draw(form, timer) {
  if (!form.isConnected) return clearInterval(timer.tick);
  const running = timer.since ? Date.now() - timer.since : 0;
  const seconds = Math.round((timer.talked + running) / 1000);
  form.elements.namedItem("seconds").value = seconds;
  form.elements.namedItem("ago").value = Math.round((Date.now() - timer.began) / 1000);
  const rest = String(seconds % 60).padStart(2, "0");
  form.querySelector("[data-timer-clock]").textContent = `${Math.floor(seconds / 60)}:${rest}`;
}
