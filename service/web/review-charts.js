// Charts as SVG: drawn from numbers, each with a text that says the same.

import { make } from "./elements.js";

const SPACE = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function picture(width, height, text, ...children) {
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "chart", role: "img", "aria-label": text }, ...children);
}

const words = (x, y, text, anchor = "middle") => {
  const element = svg("text", { x, y, "text-anchor": anchor });
  element.textContent = text;
  return element;
};

// Stacked columns, one a day: `rows` are {day, …numbers}, `kinds` the names of the numbers from the bottom up.
export function columns(rows, kinds, text, name) {
  const [width, height, foot] = [640, 200, 24];
  const most = Math.max(1, ...rows.map((row) => kinds.reduce((sum, kind) => sum + row[kind], 0)));
  const step = (width - 40) / Math.max(rows.length, 1);
  const shapes = [svg("line", { x1: 36, x2: width, y1: height - foot, y2: height - foot, class: "axis" }), words(32, 14, String(most), "end"), words(32, height - foot, "0", "end")];
  const every = Math.ceil(rows.length / 6);
  rows.forEach((row, at) => {
    let y = height - foot;
    for (const kind of kinds) {
      const tall = (row[kind] / most) * (height - foot - 10);
      y -= tall;
      if (tall) shapes.push(svg("rect", { x: 38 + at * step + step * 0.12, y, width: step * 0.76, height: tall, class: `kind ${kind}` }));
    }
    if (at % every === 0) shapes.push(words(38 + at * step + step / 2, height - 6, name(row)));
  });
  return picture(width, height, text, ...shapes);
}

// Twenty buckets of a probability, as columns.
export function buckets(numbers, text, limit) {
  const [width, height] = [240, 84];
  const most = Math.max(1, ...numbers);
  const step = width / numbers.length;
  const shapes = numbers.map((number, at) => svg("rect", { x: at * step + 1, y: height - 18 - (number / most) * (height - 24), width: step - 2, height: (number / most) * (height - 24), class: "bucket" }));
  const line = limit === null || limit === undefined ? null : svg("line", { x1: limit * width, x2: limit * width, y1: 0, y2: height - 18, class: "limit" });
  return picture(width, height, text, ...shapes, line, svg("line", { x1: 0, x2: width, y1: height - 18, y2: height - 18, class: "axis" }), words(0, height - 4, "0", "start"), words(width, height - 4, "1", "end"));
}

// The same numbers for those who would rather read them, and for screen readers.
export function table(caption, heads, rows) {
  const cell = (value, at) => make(at ? "td" : "th", { scope: at ? null : "row", text: String(value) });
  return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    make("table", {}, make("caption", { class: "unseen", text: caption }),
      make("thead", {}, make("tr", {}, ...heads.map((text) => make("th", { scope: "col", text })))),
      make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map(cell))))));
}
