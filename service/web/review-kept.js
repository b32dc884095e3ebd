// What a browser keeps of a moderator's wishes, and for how long they have been reading.

const NAME = "gatepost:review";
const DEFAULTS = { theme: "auto", leftOut: [], inARow: 3, breakMinutes: 50, keys: true, site: "", signedIn: false };
export const wishes = new EventTarget();
let kept = { ...DEFAULTS, ...stored() };

function stored() {
  try {
    return JSON.parse(localStorage.getItem(NAME)) ?? {};
  } catch (error) {
    console.info(`Gatepost: no settings are kept here (${error.name}).`);
    return {};
  }
}

export const wish = (name) => kept[name];

export function setWish(name, value) {
  kept = { ...kept, [name]: value };
  try {
    localStorage.setItem(NAME, JSON.stringify(kept));
  } catch (error) {
    console.info(`Gatepost: settings end with the page (${error.name}).`);
  }
  wishes.dispatchEvent(new CustomEvent("change", { detail: name }));
}

export function applyTheme() {
  document.documentElement.dataset.theme = wish("theme");
}
