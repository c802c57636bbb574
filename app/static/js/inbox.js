// The inbox beyond htmx: single-key shortcuts, ready-made replies, a form emptied once it was taken, and
// the newest message in view.
const ONE_KEY = {
  j: () => go("after"),
  k: () => go("before"),
  r: () => document.getElementById("reply-body")?.focus(),
  n: () => openAndFocus("note-box", "note-body"),
  a: () => document.getElementById("owner")?.focus(),
  s: () => openAndFocus("snooze-box"),
  e: () => document.getElementById("settle")?.requestSubmit(),
};

document.addEventListener("keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
  if (event.key === "Enter" || document.querySelector("dialog[open]")) return;
  const act = ONE_KEY[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});

document.addEventListener("keydown", (event) => {
  const box = event.target.closest?.("#reply-body, #note-body");
  if (box && event.key === "Enter" && (event.metaKey || event.ctrlKey)) box.form.requestSubmit();
  if (box && event.key === "Escape") box.blur();
});

function isTyping(target) {
  return target.isContentEditable || target.matches("input:not([type=radio]), textarea, select");
}

function go(where) {
  const list = document.getElementById("threads");
  const id = list?.dataset[where];
  if (id) location.assign(`/inbox/${id}${location.search}`);
}

function openAndFocus(boxId, fieldId) {
  const box = document.getElementById(boxId);
  if (!box) return;
  box.open = true;
  (fieldId ? document.getElementById(fieldId) : box.querySelector("button"))?.focus();
}

// A ready-made reply goes where the cursor stands, and nothing typed is lost.
document.addEventListener("change", ({ target }) => {
  const box = target.dataset?.starter && document.getElementById(target.dataset.starter);
  if (!box || !target.value) return;
  const before = box.value.slice(0, box.selectionStart);
  const gap = before && !/\s$/.test(before) ? " " : "";
  box.setRangeText(gap + target.value, box.selectionStart, box.selectionEnd, "end");
  target.value = "";
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
});

// Sending the same form twice is one message: each writing has a key of its own.
function freshKeys(root) {
  for (const field of root.querySelectorAll("[data-fresh-key]")) {
    field.value = [...crypto.getRandomValues(new Uint8Array(16))]
      .map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
}

document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.elt.closest?.("form[data-clear]");
  if (!form || detail.elt !== form || !detail.successful) return;
  form.reset();
  freshKeys(form);
  form.dispatchEvent(new Event("recheck"));
  const menu = form.closest("details.menu");
  if (menu) menu.open = false;
});

// Stay at the newest message, unless somebody scrolled up to read.
function followNewest() {
  const box = () => document.getElementById("thread-scroll");
  const toEnd = () => { if (box()) box().scrollTop = box().scrollHeight; };
  let atEnd = true;
  let newest = box()?.dataset.newest;
  document.body.addEventListener("htmx:beforeSwap", () => {
    const here = box();
    if (here) atEnd = here.scrollHeight - here.scrollTop - here.clientHeight < 80;
  });
  document.body.addEventListener("htmx:afterSettle", () => {
    const now = box()?.dataset.newest;
    if (now !== newest && atEnd) toEnd();
    newest = now;
    showOwner();
  });
  toEnd();
}

// The select stands outside the refreshed part: it follows what the thread says, unless it is in use.
function showOwner() {
  const select = document.getElementById("owner");
  const owner = document.getElementById("thread")?.dataset.owner;
  if (select && owner !== undefined && select !== document.activeElement) select.value = owner;
}

freshKeys(document);
followNewest();
