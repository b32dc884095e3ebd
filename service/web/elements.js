// Elements made in one expression, and times that say how long ago.

// Text goes in as text, never as markup; `on` holds listeners; null and false attributes are left out.
export function make(tag, { text, on = {}, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener);
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const exact = new Intl.DateTimeFormat("en", { dateStyle: "long", timeStyle: "short" });
const units = [["year", 31536000], ["month", 2592000], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];

export function ago(date) {
  const seconds = (date - Date.now()) / 1000;
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return "just now";
}

export function clock(text) {
  const date = new Date(text);
  return make("time", { datetime: text, title: exact.format(date), text: ago(date) });
}

setInterval(() => {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const said = ago(new Date(time.dateTime));
    // Written only when it changes: screen readers and selections notice every write.
    if (time.textContent !== said) time.textContent = said;
  }
}, 30000);

// Only http(s) becomes a link, whatever a record says.
export function webAddress(text) {
  if (!text || !URL.canParse(text)) return null;
  const url = new URL(text);
  return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
}

export function plural(n, one, many) {
  return `${n} ${n === 1 ? one : many}`;
}
