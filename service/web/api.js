// The API as the pages call it: JSON both ways, problems as errors, event streams with a credential.

export class Problem extends Error {
  constructor(members) {
    super(members.detail || members.title);
    this.members = members;
    this.type = members.type;
    this.status = members.status;
    this.retryAfter = members.retry_after ?? null;
    this.faults = members.errors ?? [];
  }

  // Whether the request may have been carried out all the same.
  get uncertain() {
    return this.status === 0 || this.status >= 500;
  }

  get words() {
    const wait = this.retryAfter ? ` You can try again in ${this.retryAfter} s.` : "";
    return `${this.message}${wait}`;
  }
}

async function open(path, { method, token, key, body, signal }) {
  const headers = {};
  if (token) headers.authorization = `Bearer ${token}`;
  if (key) headers["idempotency-key"] = key;
  if (body !== undefined) headers["content-type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, { method, headers, body, signal, credentials: "omit" });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem({ type: "unreachable", status: 0, detail: "The server cannot be reached." });
  }
  if (answer.ok) return answer;
  throw new Problem(await members(answer));
}

async function members(answer) {
  const after = Number(answer.headers.get("retry-after")) || undefined;
  const plain = { type: "unknown", status: answer.status, title: `The server answered ${answer.status}.`, retry_after: after };
  // Anything else is a proxy's page: the status is all that is known.
  return answer.headers.get("content-type")?.includes("problem+json") ? { ...plain, ...(await answer.json()) } : plain;
}

export async function call(path, { body, ...options } = {}) {
  const sent = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const answer = await open(path, { ...options, body: sent });
  try {
    return await answer.json();
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem({ type: "unreachable", status: 0, detail: "The server's answer was cut off." });
  }
}

// Reads server-sent events until the stream ends; EventSource cannot send a credential.
export async function readEvents(path, { token, signal, heard }) {
  const answer = await open(path, { token, signal });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let kept = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (kept + value).split("\n\n");
    kept = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: ?(.*)/s, 2)));
      if (fields.event && fields.data) heard(fields.event, JSON.parse(fields.data));
    }
  }
}

export function sitePath(site, ...rest) {
  return ["/v1/sites", ...[site, ...rest].map(encodeURIComponent)].join("/");
}

export function query(fields) {
  const given = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return `?${new URLSearchParams(given)}`;
}
