// The catalogue of what the review console says: one place, so that another language is another catalogue.

import { DESK } from "./words-desk.js";
import { REASONS } from "./words-reasons.js";
import { VIEWS } from "./words-views.js";

export const LANGUAGE = "en";
const CATALOGUE = { ...DESK, ...VIEWS, ...REASONS };
const plurals = new Intl.PluralRules(LANGUAGE);
const whole = new Intl.NumberFormat(LANGUAGE);
const hundredths = new Intl.NumberFormat(LANGUAGE, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const tenths = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 1 });
const days = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium" });
const minutes = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium", timeStyle: "short" });

export const knows = (key) => key in CATALOGUE;

// `n` chooses between one and other; every {name} is replaced by what is given under it.
export function say(key, values = {}) {
  const found = CATALOGUE[key];
  if (found === undefined) throw new Error(`no word for ${key}`);
  const text = typeof found === "string" ? found : found[plurals.select(values.n)] ?? found.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => (typeof values[name] === "number" ? whole.format(values[name]) : values[name] ?? ""));
}

export const score = (number) => hundredths.format(number);
export const percent = (share) => tenths.format(share * 100);
export const count = (number) => whole.format(number);
export const day = (text) => days.format(new Date(text));
export const moment = (text) => minutes.format(new Date(text));
export const spoken = (code) => code.replaceAll("_", " ").replaceAll("-", " ");

export function span(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  const [unit, size] = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]].find(([, each]) => seconds >= each) ?? ["second", 1];
  return new Intl.NumberFormat(LANGUAGE, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 }).format(seconds / size);
}

// What a rule found, as a sentence.
export function reasonInWords({ code, label, score: found, threshold, language, count: n, limit }) {
  const key = `reason-${code}`;
  const about = label ? spoken(label) : "";
  const values = { label: about, score: found === undefined ? "" : score(found), threshold: threshold === undefined ? "" : score(threshold), language, n, limit };
  if (knows(key)) return say(key, values);
  const figures = [about, values.score, values.threshold && `(${values.threshold})`].filter(Boolean).join(" ");
  return `${spoken(code)}${figures ? `: ${figures}` : ""}`;
}
