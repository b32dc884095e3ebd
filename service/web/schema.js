// JSON Schemas in words, and as trees of fields with every reference followed.

import { make } from "./elements.js";

function followed(schema, api) {
  let found = schema ?? {};
  while (found.$ref) found = api.components.schemas[found.$ref.split("/").pop()] ?? {};
  return found;
}

const name = (schema) => schema?.$ref?.split("/").pop();

// Says in one line what a value is: type, choices, limits, default.
export function summary(schema, api) {
  const parts = [kind(schema, api)];
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, pattern, default: otherwise } = followed(schema, api);
  const between = (low, high, unit) => {
    if (low !== undefined && high !== undefined) parts.push(`${low} to ${high}${unit}`);
    else if (high !== undefined) parts.push(`at most ${high}${unit}`);
    else if (low !== undefined) parts.push(`at least ${low}${unit}`);
  };
  between(minimum, maximum, "");
  between(minLength, maxLength, " characters");
  between(minItems, maxItems, " items");
  if (pattern) parts.push(`matches ${pattern}`);
  if (otherwise !== undefined && typeof otherwise !== "object") parts.push(`default ${JSON.stringify(otherwise)}`);
  return parts.join(", ");
}

function kind(schema, api) {
  const found = followed(schema, api);
  const some = found.oneOf ?? found.anyOf;
  if (some) return [...new Set(some.map((one) => kind(one, api)))].join(" or ");
  if (found.enum) return found.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (found.const !== undefined) return JSON.stringify(found.const);
  if (found.type === "array") return `list of ${kind(found.items, api)}`;
  if (name(schema)) return name(schema);
  if (Array.isArray(found.type)) return found.type.join(" or ");
  return [found.type ?? "anything", found.format].filter(Boolean).join(", ");
}

// `within` are the schemas that this one stands in: one that contains itself ends there.
export function tree(schema, api, within = []) {
  const own = name(schema);
  if (own && within.includes(own)) return null;
  const inside = own ? [...within, own] : within;
  const found = followed(schema, api);
  if (found.type === "array") return tree(found.items, api, inside);
  const some = found.oneOf ?? found.anyOf;
  if (some) {
    const trees = some.map((one) => tree(one, api, inside)).filter(Boolean);
    return trees.length ? make("div", {}, ...trees) : null;
  }
  const fields = Object.entries(found.properties ?? {});
  const rows = fields.map(([field, value]) =>
    make("li", {}, make("code", { text: field }), " ", make("span", { class: "type", text: summary(value, api) }),
      found.required?.includes(field) && make("span", { class: "needed", text: " required" }),
      followed(value, api).description && make("p", { text: followed(value, api).description }), tree(value, api, inside)));
  if (typeof found.additionalProperties === "object" && Object.keys(found.additionalProperties).length) {
    rows.push(make("li", {}, make("em", { text: "any name" }), " ",
      make("span", { class: "type", text: summary(found.additionalProperties, api) }), tree(found.additionalProperties, api, inside)));
  }
  return rows.length ? make("ul", { class: "fields" }, ...rows) : null;
}
