// A thread's events for everyone, and what becomes of one's own comment.

import { call, Problem, query, readEvents, sitePath } from "./api.js";

const RECONNECT = 10000;
const FIRST_EVENT = 5000;
const POLL = 4000;
// A browser opens six connections to a server; two are left for one's own comments, the others are polled.
const STREAMS = 2;
let streaming = 0;

// Calls `refetch` after every connection, for nothing is replayed, and now and then while there is none.
export function followThread(site, thread, { heard, refetch, signal }) {
  let source = null;
  let again = 0;
  const connect = () => {
    source = new EventSource(sitePath(site, "stream") + query({ thread }));
    source.addEventListener("open", refetch);
    for (const name of ["approved", "removed", "count", "thread"]) {
      source.addEventListener(name, (event) => heard(name, JSON.parse(event.data)));
    }
    source.addEventListener("error", () => {
      // CLOSED is an answer that was no stream, such as 503: the browser does not come back by itself.
      if (source.readyState !== EventSource.CLOSED) return;
      refetch();
      again = setTimeout(connect, RECONNECT * (1 + Math.random()));
    });
  };
  signal.addEventListener("abort", () => {
    clearTimeout(again);
    source.close();
  });
  connect();
}

// Calls `changed` with the author's view of the comment until it is decided or the page goes away.
export async function followOwn(site, own, { changed, signal }) {
  const path = sitePath(site, "comments", own.id);
  let settled = false;
  while (!settled && !signal.aborted) {
    const ending = new AbortController();
    const either = AbortSignal.any([signal, ending.signal]);
    const heard = (data) => {
      settled = ["approved", "rejected", "deleted"].includes(data.status);
      changed(data);
      if (settled) ending.abort();
    };
    try {
      if (streaming < STREAMS) await stream(`${path}/stream`, own.token, { heard, ending, signal: either });
      if (!settled) heard(await call(path, { token: own.token, signal }));
    } catch (error) {
      // Aborted, or the token has run out, or the comment is gone: there is nothing more to learn.
      if (signal.aborted || [401, 403, 404].includes(error.status)) return;
      if (!(error instanceof Problem)) throw error;
    }
    if (!settled) await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}

async function stream(path, token, { heard, ending, signal }) {
  // The API says the status at once: a stream that stays silent is held back by something between, and given up.
  const silent = setTimeout(() => ending.abort(), FIRST_EVENT);
  streaming += 1;
  try {
    await readEvents(path, { token, signal, heard: (_, data) => {
      clearTimeout(silent);
      heard(data);
    } });
  } catch (error) {
    // A lost connection is a TypeError; asking once shows whether the server is there.
    if (!signal.aborted && !(error instanceof Problem || error instanceof TypeError)) throw error;
  } finally {
    clearTimeout(silent);
    streaming -= 1;
  }
}
