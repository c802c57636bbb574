// Pokes: the server says which topic moved and to which number, never what changed. A moved topic
// becomes a `poke:<topic>` event on <body>; fragments listen for it and fetch themselves afresh.
// Missed pokes are found by asking /topics on connect, when a number was skipped, and every 30 s.
import { ownHeaders } from "./activity.js";

const EVERY = 30_000;
const GATHER = 150;
const known = new Map();
const due = new Set();
let gathering = 0;

export function watchTopics() {
  for (const word of document.body.dataset.topics?.split(/\s+/) ?? []) {
    const at = word.lastIndexOf("@");
    if (at > 0) known.set(word.slice(0, at), Number(word.slice(at + 1)));
  }
  document.body.addEventListener("refresh", () => { for (const topic of known.keys()) poke(topic); });
  if (!known.size) return badge("off");
  connect();
  setInterval(ask, EVERY);
}

function connect() {
  if (!window.io) return badge("stale");
  const socket = window.io({ transports: ["websocket"], reconnectionDelayMax: 10_000 });
  socket.on("connect", async () => {
    const answers = await Promise.all([...known.keys()].map((topic) => watch(socket, topic)));
    badge(answers.every(Boolean) ? "live" : "stale");
    ask();
  });
  socket.on("poke", ({ topic, seq }) => heard(topic, seq));
  socket.on("connect_error", () => badge("stale"));
  socket.on("disconnect", async (why) => {
    badge("stale");
    // Dropped by the server: signed out here or elsewhere, or a changed role. Ask who we are first.
    if (why === "io server disconnect" && (await ask())) setTimeout(() => socket.connect(), 500);
  });
}

const watch = (socket, topic) =>
  socket.timeout(5000).emitWithAck("watch", topic).catch(() => false);

function heard(topic, seq) {
  if (!known.has(topic) || seq <= known.get(topic)) return;
  if (seq > known.get(topic) + 1) ask();
  known.set(topic, seq);
  poke(topic);
}

// Several pokes in a moment become one refresh.
function poke(topic) {
  due.add(topic);
  gathering ||= setTimeout(() => {
    gathering = 0;
    const topics = [...due];
    due.clear();
    for (const each of topics) document.body.dispatchEvent(new CustomEvent(`poke:${each}`, { bubbles: true }));
  }, GATHER);
}

// True when the server answered and still knows us.
async function ask() {
  const query = new URLSearchParams([...known].map(([topic, seq]) => ["watch", `${topic}@${seq}`]));
  let answer;
  try {
    answer = await fetch(`/topics?${query}`, { headers: { ...ownHeaders(), "HX-Request": "true" } });
  } catch {
    badge("stale");
    return false;
  }
  if (answer.status === 401) {
    location.assign(document.body.dataset.signIn ?? answer.headers.get("HX-Redirect") ?? "/sign-in");
    return false;
  }
  if (!answer.ok) {
    badge("stale");
    return false;
  }
  const { moved, gone } = await answer.json();
  for (const topic of gone) known.delete(topic);
  for (const [topic, seq] of Object.entries(moved)) heard(topic, seq);
  return true;
}

const WORDS = {
  live: ["Live", "Changes appear here by themselves."],
  stale: ["Not live", "No direct line to the server: this page refreshes itself every 30 seconds."],
  off: ["", ""],
};

function badge(state) {
  const mark = document.getElementById("live");
  if (!mark) return;
  mark.hidden = state === "off";
  if (mark.dataset.state === state) return;
  mark.dataset.state = state;
  [mark.querySelector(".live-words").textContent, mark.title] = WORDS[state];
}
