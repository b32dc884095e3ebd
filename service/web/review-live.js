// What happens at the site while the page is open: by the stream, or by asking where there is none.

import { query } from "./api.js";
import { bus, desk, learnName, shout } from "./review-desk.js";

const RECONNECT = 10000;
const POLL = 5000;
let source = null;
let again = 0;
let polling = 0;
let mode = "";

export const liveMode = () => mode;

function turn(to) {
  if (mode === to) return;
  mode = to;
  clearInterval(polling);
  if (to === "polling") polling = setInterval(() => document.hidden || shout("poll"), POLL);
  shout("mode", to);
}

function heard(name, read) {
  source.addEventListener(name, (event) => {
    const data = JSON.parse(event.data);
    learnName(data.by, data.by_name ?? data.name);
    read(data);
  });
}

function connect() {
  source = new EventSource(`/v1/review/stream${query({ site: desk.site })}`);
  source.addEventListener("open", () => {
    // Nothing is replayed: what was missed is asked for.
    if (mode === "polling") shout("poll");
    turn("live");
  });
  heard("move", (data) => shout("move", data));
  heard("claim", (data) => shout("claim", data));
  heard("counts", (data) => {
    desk.counts = data;
    shout("counts");
  });
  source.addEventListener("error", () => {
    turn("polling");
    // CLOSED is an answer that was no stream: the browser does not come back by itself.
    if (source.readyState === EventSource.CLOSED) again = setTimeout(connect, RECONNECT * (1 + Math.random()));
  });
}

export function follow() {
  unfollow();
  connect();
}

export function unfollow() {
  clearTimeout(again);
  source?.close();
  source = null;
  turn("");
}

export const on = (name, listener, signal) => bus.addEventListener(name, (event) => listener(event.detail), { signal });
