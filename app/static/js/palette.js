// The command palette (Ctrl or Cmd and K): arrows choose, Enter goes, Escape closes. The options come from
// the server; what is offered "here" is shown only where the page has it.
const OFF = "touchline-single-keys-off";
const PAUSE = 150;
let chosen = 0;
let asked = null;
let waiting = 0;
let isFresh = false; // whether the options are those of the words in the box
let goesOn = false; // Enter was pressed before they were

export function openPalette() {
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const box = dialog.querySelector("#palette-q");
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      dialog.open ? dialog.close() : show(dialog, box);
    }
    if (event.key === "/" && isFree(event)) toSearch(event, dialog, box);
  });
  document.addEventListener("click", ({ target }) => {
    if (target.closest("[data-palette]")) show(dialog, box);
    if (target === dialog) dialog.close();
    const option = target.closest("#palette [role=option]");
    if (option) go(dialog, option);
  });
  box.addEventListener("keydown", (event) => walk(event, dialog));
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    isFresh = goesOn = false;
    waiting = setTimeout(() => fill(dialog, box.value), PAUSE);
  });
  dialog.addEventListener("close", () => { clearTimeout(waiting); asked?.abort(); });
}

function isFree(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  try { if (localStorage.getItem(OFF) === "yes") return false; } catch { /* then they are on */ }
  return !event.target.closest("input, select, textarea, [contenteditable], dialog[open]");
}

function toSearch(event, dialog, box) {
  event.preventDefault();
  const wanted = ["search-q", "find-q"].map((id) => document.getElementById(id)).find((each) => each?.checkVisibility());
  wanted ? (wanted.focus(), wanted.select()) : show(dialog, box);
}

function show(dialog, box) {
  box.value = "";
  isFresh = goesOn = false;
  if (!dialog.open) dialog.showModal();
  box.focus();
  fill(dialog, "");
}

// What is typed meanwhile takes the place of a question that was not answered yet.
async function fill(dialog, words) {
  asked?.abort();
  asked = new AbortController();
  try {
    const answer = await fetch(`/palette?q=${encodeURIComponent(words)}`, { signal: asked.signal, headers: { "HX-Request": "true" } });
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(answer.status);
    dialog.querySelector("#palette-list").innerHTML = await answer.text();
    filled(dialog);
  } catch (error) {
    if (error.name !== "AbortError") dialog.querySelector("#palette-said").textContent = "No answer: try again";
  }
}

const options = (dialog) => [...dialog.querySelectorAll("[role=option]")];

function filled(dialog) {
  for (const option of options(dialog)) {
    const there = option.dataset.click && document.querySelector(option.dataset.click);
    if (option.dataset.click && !there) option.remove();
  }
  for (const group of dialog.querySelectorAll("[data-here]")) if (!group.querySelector("[role=option]")) group.remove();
  options(dialog).forEach((option, place) => { option.id = `palette-${place}`; });
  const count = options(dialog).length;
  dialog.querySelector("#palette-said").textContent = count ? `${count} to choose from` : "Nothing found";
  choose(dialog, 0);
  isFresh = true;
  if (goesOn && count) go(dialog, options(dialog)[0]);
  goesOn = false;
}

function choose(dialog, place) {
  const all = options(dialog);
  chosen = all.length ? (place + all.length) % all.length : 0;
  all.forEach((option, at) => option.setAttribute("aria-selected", at === chosen));
  const box = dialog.querySelector("#palette-q");
  if (!all.length) return box.removeAttribute("aria-activedescendant");
  box.setAttribute("aria-activedescendant", all[chosen].id);
  all[chosen].scrollIntoView({ block: "nearest" });
}

function walk(event, dialog) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    choose(dialog, chosen + step);
  }
  if (event.key === "Enter") {
    event.preventDefault();
    const option = options(dialog)[chosen];
    if (!isFresh) goesOn = true;
    else if (option) go(dialog, option);
  }
}

function go(dialog, { dataset }) {
  dialog.close();
  if (dataset.href) location.assign(dataset.href);
  if (dataset.click) document.querySelector(dataset.click)?.click();
  if (dataset.post) window.htmx.ajax("POST", dataset.post, { values: { [dataset.field]: dataset.value }, swap: "none" });
}
