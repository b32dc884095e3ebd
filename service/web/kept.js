// What a browser keeps: the device key, the draft with its Idempotency-Key, the tokens of own comments.

const store = storage();
const read = (name) => JSON.parse(store.getItem(name));
const write = (name, value) => (value === null ? store.removeItem(name) : store.setItem(name, JSON.stringify(value)));

function storage() {
  try {
    localStorage.setItem("gatepost", "");
    return localStorage;
  } catch (error) {
    console.info(`Gatepost: this browser keeps nothing (${error.name}); drafts end with the page.`);
    const kept = new Map();
    return { getItem: (name) => kept.get(name) ?? null, setItem: (name, text) => kept.set(name, text), removeItem: (name) => kept.delete(name) };
  }
}

function random(bytes) {
  const text = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(bytes)));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export class Kept {
  constructor(site, thread) {
    this.here = `gatepost:${site}:${thread}`;
    this.everywhere = `gatepost:${site}`;
  }

  // 192 random bits, made once.
  get device() {
    const name = `${this.everywhere}:device`;
    let key = read(name);
    if (!key) write(name, (key = random(24)));
    return key;
  }

  get name() { return read(`${this.everywhere}:name`) ?? ""; }
  set name(name) { write(`${this.everywhere}:name`, name); }
  get draft() { return read(`${this.here}:draft`); }
  set draft(draft) { write(`${this.here}:draft`, draft); }

  newDraft() {
    return { key: random(18), body: "", parent_id: null, parent_name: "", sent: null };
  }

  get own() { return read(`${this.here}:own`) ?? []; }

  // Approved comments are listed for everyone: the last 20 of one's own are enough to know them by.
  keepOwn(comment) {
    const others = this.own.filter((one) => one.id !== comment.id);
    write(`${this.here}:own`, [...others, comment].slice(-20));
  }

  forgetOwn(id) {
    write(`${this.here}:own`, this.own.filter((one) => one.id !== id));
  }
}
