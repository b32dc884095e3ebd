// A dot for each comment at its score, and a range chosen by two sliders or by drawing over the dots.

import { make } from "./elements.js";
import { field } from "./review-dialogs.js";
import { svg } from "./review-charts.js";
import { say, score, spoken } from "./words.js";

const [WIDTH, HEIGHT] = [640, 130];
// Few comments are larger dots.
const FEW = 250;
const FOOT = 12;

export class Dots {
  constructor(label, points, changed) {
    this.label = label;
    this.points = points;
    this.changed = changed;
    this.from = 0;
    this.to = 1;
    const slider = (key, value) => make("input", { type: "range", min: "0", max: "1", step: "0.01", value, on: { input: () => this.slid(key) } });
    this.sliders = { from: slider("from", "0"), to: slider("to", "1") };
    this.band = svg("rect", { y: 0, height: HEIGHT - FOOT, class: "band" });
    this.picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "chart dots", role: "img" }, this.band, ...this.circles(),
      svg("line", { x1: 0, x2: WIDTH, y1: HEIGHT - FOOT, y2: HEIGHT - FOOT, class: "axis" }), ...this.scale());
    this.told = make("p", { class: "chosen", role: "status" });
    this.element = make("div", { class: "plot" }, this.picture,
      make("div", { class: "sliders" }, field(say("dots-from"), this.sliders.from), field(say("dots-to"), this.sliders.to)), this.told);
    this.draws();
    this.show();
  }

  circles() {
    const columns = this.points.length <= FEW ? 64 : 128;
    const stacks = new Map();
    for (const point of this.points) {
      const column = Math.min(Math.floor(point.score * columns), columns - 1);
      stacks.set(column, [...(stacks.get(column) ?? []), point]);
    }
    const tallest = Math.max(1, ...[...stacks.values()].map((stack) => stack.length));
    const size = Math.min(WIDTH / columns, (HEIGHT - FOOT - 4) / tallest);
    this.drawn = [...stacks].flatMap(([column, stack]) => stack.map((point, at) => {
      const circle = svg("circle", { cx: ((column + 0.5) / columns) * WIDTH, cy: HEIGHT - FOOT - (at + 0.5) * size, r: Math.max(size * 0.42, 0.8) });
      return [point, circle];
    }));
    return this.drawn.map(([, circle]) => circle);
  }

  scale() {
    return [0, 0.25, 0.5, 0.75, 1].map((at) => {
      const text = svg("text", { x: at * WIDTH, y: HEIGHT - 1, "text-anchor": at === 0 ? "start" : at === 1 ? "end" : "middle" });
      text.textContent = score(at);
      return text;
    });
  }

  slid(moved) {
    let [from, to] = [Number(this.sliders.from.value), Number(this.sliders.to.value)];
    // Neither passes the other: the one that is moved pushes.
    if (from > to && moved === "from") to = from;
    else if (from > to) from = to;
    this.range(from, to);
  }

  draws() {
    const at = (event) => {
      const place = this.picture.getBoundingClientRect();
      return Math.min(Math.max(Math.round(((event.clientX - place.left) / place.width) * 100) / 100, 0), 1);
    };
    let start = null;
    this.picture.addEventListener("pointerdown", (event) => {
      start = at(event);
      this.picture.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    this.picture.addEventListener("pointermove", (event) => start !== null && this.range(Math.min(start, at(event)), Math.max(start, at(event))));
    this.picture.addEventListener("pointerup", () => {
      start = null;
    });
  }

  range(from, to) {
    [this.from, this.to] = [from, to];
    this.sliders.from.value = from;
    this.sliders.to.value = to;
    this.show();
    this.changed();
  }

  // A slider's end of 1.00 and 0.00 means everything there.
  within({ score: value }) {
    return value >= this.from && (value <= this.to || this.to === 1);
  }

  get inRange() {
    return this.points.filter((point) => this.within(point));
  }

  get chosen() {
    return this.inRange.filter((point) => !point.severe);
  }

  show() {
    this.band.setAttribute("x", this.from * WIDTH);
    this.band.setAttribute("width", Math.max((this.to - this.from) * WIDTH, 1));
    for (const [point, circle] of this.drawn) circle.setAttribute("class", `dot${this.within(point) ? " in" : ""}${point.severe ? " severe" : ""}`);
    const range = { from: score(this.from), to: score(this.to) };
    const severe = this.inRange.length - this.chosen.length;
    const told = say("dots-chosen", { n: this.chosen.length, ...range });
    this.told.textContent = severe ? `${told}; ${say("dots-severe", { n: severe })}` : `${told}.`;
    this.picture.setAttribute("aria-label", say("dots-chart", { n: this.points.length, label: spoken(this.label), severe: this.points.filter((point) => point.severe).length, chosen: this.chosen.length, ...range }));
  }
}
