// Moving cards, by dragging or by keyboard. Both press the same button of the card's own menu, so what
// is allowed is said once, by the server. A move that needs an answer opens its form; the card then goes
// where the server says.
import { openInDrawer } from "./drawer.js";

const COLUMNS = ["todo", "doing", "hold", "done"];
let dragging = false;
let moved = null;

export function moveCards() {
  prepare();
  document.body.addEventListener("htmx:afterSwap", prepare);
  document.addEventListener("keydown", keys);
  // The focus goes along with a card that was moved by its menu.
  document.addEventListener("click", ({ target }) => {
    const choice = target.closest("button[data-to]");
    if (choice) moved = choice.closest(".task-card").id;
  });
  document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (!moved || detail.target?.id !== "board") return;
    if (document.activeElement === document.body) document.getElementById(moved)?.focus();
    moved = null;
  });
  // A board that is morphed while a card is in the hand would let it fall.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (dragging && event.detail.target?.id === "board") event.detail.shouldSwap = false;
  });
}

function prepare() {
  if (!window.Sortable || matchMedia("(pointer: coarse)").matches) return;
  for (const list of document.querySelectorAll(".column-cards:not([data-sortable])")) {
    list.dataset.sortable = "yes";
    window.Sortable.create(list, {
      group: "board",
      sort: false,
      draggable: ".task-card",
      filter: ".moves, .more",
      preventOnFilter: false,
      animation: 120,
      onStart: () => { dragging = true; },
      onMove: ({ to }) => mark(to),
      onEnd: dropped,
    });
  }
}

function mark(list) {
  for (const each of document.querySelectorAll(".is-target")) each.classList.remove("is-target");
  list?.classList.add("is-target");
}

function dropped({ item, from, to, oldIndex }) {
  dragging = false;
  mark(null);
  if (to === from) return;
  from.insertBefore(item, from.children[oldIndex] ?? null); // the server decides where it stands
  move(item, to.dataset.column);
}

function move(card, column) {
  const choice = card.querySelector(`[data-to="${column}"]`);
  if (!choice) return say(`A card cannot go from here to “${title(column)}”.`);
  if (choice.matches("a")) return openInDrawer(choice.getAttribute("href"));
  card.classList.add("is-saving");
  choice.click();
}

const title = (column) => document.getElementById(`column-${column}`)?.textContent ?? column;
const say = (text) =>
  document.body.dispatchEvent(new CustomEvent("toast", { detail: { text, kind: "warning" } }));

// On a focused card: m opens the menu, 1–4 move to a column, arrows go to other cards, Enter opens it.
function keys(event) {
  const card = document.activeElement?.closest(".task-card");
  if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
  const menu = card.querySelector("details.moves");
  if (menu.open && ["ArrowDown", "ArrowUp"].includes(event.key)) return stepInMenu(event, menu);
  if (document.activeElement !== card) return;
  const go = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "m") openMenu(event, menu);
  else if (COLUMNS[Number(event.key) - 1]) move(card, COLUMNS[Number(event.key) - 1]);
  else if (event.key === "Enter") openCard(event, card);
  else if (go) focusCard(event, [...card.parentElement.querySelectorAll(".task-card")], card, go);
  else if (["ArrowLeft", "ArrowRight"].includes(event.key)) acrossColumns(event, card);
}

// Without preventing it, the same Enter would press the drawer's close button, which has the focus next.
function openCard(event, card) {
  event.preventDefault();
  card.querySelector(".card-name").click();
}

function openMenu(event, menu) {
  event.preventDefault();
  menu.open = true;
  menu.querySelector(".menu-item")?.focus();
}

function stepInMenu(event, menu) {
  event.preventDefault();
  const items = [...menu.querySelectorAll(".menu-item")];
  const next = items.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
  items[(next + items.length) % items.length]?.focus();
}

function focusCard(event, cards, card, step) {
  event.preventDefault();
  cards[cards.indexOf(card) + step]?.focus();
}

function acrossColumns(event, card) {
  const step = event.key === "ArrowRight" ? 1 : -1;
  let at = COLUMNS.indexOf(card.dataset.column) + step;
  for (; COLUMNS[at]; at += step) {
    const first = document.querySelector(`.column-cards[data-column="${COLUMNS[at]}"] .task-card`);
    if (first) return focusCard(event, [card, first], card, 1);
  }
}
