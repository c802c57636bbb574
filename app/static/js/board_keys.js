// The board by keyboard: j and k go from card to card, Enter opens, x selects, a gives what is selected to
// somebody, ? says it all. Selected cards and the focus stay when a fresh board is morphed in.
import { openInDrawer } from "./drawer.js";

const OFF = "touchline-single-keys-off";
const CARDS = "#board .task-card, #board .group";
const selected = new Set();
let last = null;

export function boardKeys() {
  const bar = document.getElementById("selected");
  if (!bar) return;
  document.addEventListener("keydown", keys);
  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-select]")) select(target.value, target.checked);
    if (target.matches("[data-keys-on]")) remember(target.checked);
  });
  document.addEventListener("click", ({ target }) => {
    if (target.closest("[data-keys]")) help();
    if (target.closest("[data-clear]")) clear();
  });
  document.addEventListener("focusin", ({ target }) => {
    const card = target.closest(CARDS);
    if (card) last = card.id;
  });
  bar.addEventListener("submit", (event) => { event.preventDefault(); give([...selected]); });
  document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target?.id === "board") held = document.activeElement?.closest(CARDS)?.id ?? null;
  });
  document.body.addEventListener("htmx:afterSettle", ({ detail }) => { if (detail.target?.id === "board") restore(); });
  document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.elt?.closest?.("[data-ends-selection]") && detail.xhr.status === 204) clear();
  });
  show();
}

let held = null;

// A card that went away while it had the focus leaves it to its neighbour.
function restore() {
  for (const id of selected) if (!document.getElementById(`task-${id}`)) selected.delete(id);
  show();
  if (held && document.activeElement === document.body) {
    (document.getElementById(held) ?? document.querySelector(CARDS))?.focus();
  }
  held = null;
}

const areOff = () => { try { return localStorage.getItem(OFF) === "yes"; } catch { return false; } };

function remember(on) {
  try { on ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "yes"); } catch { /* kept for this page only */ }
}

function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || areOff()) return;
  if (event.target.closest("input, select, textarea, dialog[open], details[open] .menu-list")) return;
  const card = document.activeElement?.closest(CARDS);
  if (event.key === "?") return help();
  if (event.key === "j" || event.key === "k") return step(event, card, event.key === "j" ? 1 : -1);
  if (event.key === "Escape" && selected.size) return clear();
  if (event.key === "a" && (selected.size || idOf(card))) return give(selected.size ? [...selected] : [idOf(card)]);
  if (!card) return;
  if (event.key === "x" && idOf(card)) select(idOf(card), !selected.has(idOf(card)));
  if (event.key === "Enter" && document.activeElement === card && card.matches(".group")) {
    event.preventDefault(); // else it also presses what has the focus next
    card.querySelector("a")?.click();
  }
}

const idOf = (card) => (card?.id.startsWith("task-") ? card.id.slice(5) : null);

function step(event, card, by) {
  const cards = [...document.querySelectorAll(CARDS)];
  const from = card ?? document.getElementById(last ?? "");
  const at = cards.indexOf(from);
  const next = cards[at < 0 ? 0 : card ? at + by : at];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function select(id, on) {
  if (on) selected.add(id);
  else selected.delete(id);
  show();
}

function clear() {
  selected.clear();
  show();
}

function show() {
  for (const box of document.querySelectorAll("[data-select]")) {
    box.checked = selected.has(box.value);
    box.closest(".task-card")?.classList.toggle("is-selected", box.checked);
  }
  const bar = document.getElementById("selected");
  bar.hidden = selected.size === 0;
  bar.querySelector("[data-count]").textContent = selected.size;
}

function give(ids) {
  const query = new URLSearchParams(ids.map((id) => ["task", id]));
  openInDrawer(`/board/assignments/new?${query}`);
}

function help() {
  const dialog = document.getElementById("keys");
  dialog.querySelector("[data-keys-on]").checked = !areOff();
  dialog.showModal();
}
