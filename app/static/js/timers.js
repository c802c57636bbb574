// The running timer: the server measures, the page draws the seconds between its answers, says when
// somebody does something (at most twice a minute), and starts or stops it by the key t.
const BEAT = 30_000;
const OFF = "touchline-single-keys-off";
const drawn = new WeakMap();
let beaten = 0;

export function runTimers() {
  setInterval(draw, 500);
  for (const sign of ["keydown", "pointerdown", "wheel", "touchstart"]) {
    addEventListener(sign, beat, { passive: true });
  }
  document.addEventListener("keydown", toggle);
}

const at = () => performance.now() / 1000;

function draw() {
  for (const clock of document.querySelectorAll("[data-timer-now]")) {
    const said = Number(clock.dataset.timerNow);
    const known = drawn.get(clock);
    if (known?.said !== said) drawn.set(clock, { said, since: at() });
    const seconds = said + Math.floor(at() - drawn.get(clock).since);
    const words = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} min`;
    if (clock.textContent !== words) clock.textContent = words;
  }
}

async function beat() {
  const running = document.querySelector("[data-beat]");
  if (!running || Date.now() - beaten < BEAT) return;
  beaten = Date.now();
  const token = document.querySelector("meta[name=csrf-token]")?.content;
  const answer = await fetch(running.dataset.beat, { method: "POST", headers: { "X-CSRFToken": token } }).catch(() => null);
  if (answer?.headers.get("HX-Trigger")) document.body.dispatchEvent(new CustomEvent("refresh", { bubbles: true }));
}

function toggle(event) {
  if (event.key !== "t" || event.ctrlKey || event.metaKey || event.altKey || areOff()) return;
  if (event.target.closest("input, select, textarea, [contenteditable], details[open] .menu-list")) return;
  const stop = document.querySelector("[data-timer-stop]");
  const start = document.querySelector("dialog[open] [data-timer-start]") ?? document.querySelector("main [data-timer-start]");
  (stop ?? start)?.click();
}

function areOff() {
  try { return localStorage.getItem(OFF) === "yes"; } catch { return false; }
}
