// Who is signed in, and the API as they call it: the cookie goes by itself, the CSRF word by hand.

import { Problem } from "./api.js";

const SAFE = ["GET", "HEAD"];
export const session = new EventTarget();
let me = null;

export const whoami = () => me;

function unreachable() {
  return new Problem({ type: "unreachable", status: 0, detail: "The server cannot be reached." });
}

async function refusal(answer) {
  const after = Number(answer.headers.get("retry-after")) || undefined;
  const plain = { type: "unknown", status: answer.status, title: `The server answered ${answer.status}.`, retry_after: after };
  return new Problem(answer.headers.get("content-type")?.includes("problem+json") ? { ...plain, ...(await answer.json()) } : plain);
}

async function send(path, { method = "GET", body, headers = {}, signal, keepalive } = {}) {
  const said = { ...headers };
  if (body !== undefined) said["content-type"] = "application/json";
  if (!SAFE.includes(method) && me) said["x-gatepost-csrf"] = me.csrf;
  try {
    return await fetch(path, { method, headers: said, signal, keepalive, body: body === undefined ? undefined : JSON.stringify(body), credentials: "same-origin" });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable();
  }
}

// Gives the answer's JSON, or null where there is none; raises Problem. A 401 ends the session everywhere.
export async function ask(path, options = {}) {
  const answer = await send(path, options);
  if (!answer.ok) {
    const problem = await refusal(answer);
    if (problem.status === 401 && me) over();
    throw problem;
  }
  if (answer.status === 204) return null;
  try {
    return await answer.json();
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw unreachable();
  }
}

export const post = (path, body, options = {}) => ask(path, { method: "POST", body, ...options });

function over() {
  me = null;
  session.dispatchEvent(new Event("over"));
}

export async function resume() {
  me = await ask("/v1/review/me");
  return me;
}

export async function signIn(token) {
  me = await ask("/v1/review/session", { method: "POST", body: { token } });
  return me;
}

export async function signOut() {
  await ask("/v1/review/session", { method: "DELETE" });
  me = null;
}

// Whether a route is simply not there, as on an older server.
export const isMissing = (problem) => problem instanceof Problem && problem.status === 404 && problem.type === "not-found";
