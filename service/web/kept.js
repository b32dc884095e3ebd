// What a reader's browser keeps: the device key, the draft with its Idempotency-Key, and their own comments' tokens.

let memory = null;

function read(name) {
  if (memory) return memory.get(name) ?? null;
  try {
    const text = localStorage.getItem(name);
    return text === null ? null : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    block(error);
    return null;
  }
}

function write(name, value) {
  if (!memory) {
    try {
      if (value === null) localStorage.removeItem(name);
      else localStorage.setItem(name, JSON.stringify(value));
      return;
    } catch (error) {
      block(error);
    }
  }
  memory.set(name, value);
}

function block(error) {
  console.info(`Gatepost: nothing can be kept in this browser (${error.name}); drafts end with the page.`);
  memory ??= new Map();
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

  // 192 random bits: as good as an account for telling this browser's comments from others'.
  get device() {
    const name = `${this.everywhere}:device`;
    let key = read(name);
    if (!key) write(name, (key = random(24)));
    return key;
  }

  get name() {
    return read(`${this.everywhere}:name`) ?? "";
  }

  set name(name) {
    write(`${this.everywhere}:name`, name);
  }

  get draft() {
    return read(`${this.here}:draft`);
  }

  set draft(draft) {
    write(`${this.here}:draft`, draft);
  }

  newDraft() {
    return { key: random(18), body: "", parent_id: null, parent_name: "", sent: null };
  }

  get own() {
    return read(`${this.here}:own`) ?? [];
  }

  // Approved comments are listed for everyone: the last 20 of one's own are enough to know them by.
  keepOwn(comment) {
    const others = this.own.filter((one) => one.id !== comment.id);
    write(`${this.here}:own`, [...others, comment].slice(-20));
  }

  forgetOwn(id) {
    write(`${this.here}:own`, this.own.filter((one) => one.id !== id));
  }
}
