// The API's description, read from /openapi.json and laid out to be read.

import { call } from "./api.js";
import { make } from "./elements.js";
import { summary, tree } from "./schema.js";

const METHODS = ["get", "post", "put", "patch", "delete"];
const GROUPS = {
  readers: ["Readers", "No credential. A browser may write from the site's origins only."],
  authors: ["Authors", "The token that came with the comment: it speaks for that comment and no other.", "AUTHOR_TOKEN"],
  sites: ["Sites", "The site's key, or a moderator's token.", "SITE_KEY"],
  moderators: ["Moderators", "A moderator's token.", "MODERATOR_TOKEN"],
  operators: ["Operators", "No credential: keep these to yourself."],
};

// Every operation once, under the first of its groups.
function grouped(api) {
  const groups = new Map(Object.keys(GROUPS).map((tag) => [tag, []]));
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS) {
      if (!item[method]) continue;
      const tags = item[method].tags ?? ["others"];
      const tag = Object.keys(GROUPS).find((known) => tags.includes(known)) ?? tags[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push({ path, method, ...item[method] });
    }
  }
  return [...groups].filter(([, operations]) => operations.length);
}

function example(schema, api, depth = 0) {
  if (schema?.$ref) return example(api.components.schemas[schema.$ref.split("/").pop()], api, depth);
  if (!schema || depth > 6) return "…";
  if (schema.examples?.length) return schema.examples[0];
  if (schema.example !== undefined) return schema.example;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const some = (schema.oneOf ?? schema.anyOf ?? []).find(({ type }) => type !== "null");
  if (some) return example(some, api, depth);
  if (schema.properties) {
    const needed = schema.required?.length ? schema.required : Object.keys(schema.properties).slice(0, 1);
    return Object.fromEntries(needed.map((name) => [name, example(schema.properties[name], api, depth + 1)]));
  }
  if (schema.type === "array") return [example(schema.items, api, depth + 1)];
  return { integer: 1, number: 0.5, boolean: true, object: {} }[schema.type] ?? "…";
}

// For the shell, inside single quotes.
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function curl(operation, tag, api) {
  const parameters = operation.parameters ?? [];
  const needed = parameters.filter(({ in: place, required }) => place === "query" && required);
  const search = needed.map(({ name }) => `${name}=${name === "thread" ? "/demo" : "demo"}`).join("&");
  const path = operation.path.replace("{site}", "demo").replace(/\{(\w+)\}/g, (_, name) => `$${name.toUpperCase()}`);
  const url = `"${location.origin}${path}${search ? `?${search}` : ""}"`;
  const lines = [`curl ${operation.method === "get" ? "" : `-X ${operation.method.toUpperCase()} `}${url}`];
  const credential = GROUPS[tag]?.[2];
  if (credential) lines.push(`-H "Authorization: Bearer $${credential}"`);
  for (const { name } of parameters.filter((one) => one.in === "header" && one.required)) lines.push(`-H "${name}: …"`);
  const body = operation.requestBody?.content?.["application/json"]?.schema;
  if (body) lines.push(`-H "Content-Type: application/json"`, `-d ${quoted(JSON.stringify(example(body, api)))}`);
  if (operation.path.endsWith("/stream")) lines[0] = lines[0].replace("curl ", "curl -N ");
  return lines.join(" \\\n  ");
}

function parameters(list, api) {
  if (!list?.length) return [];
  const rows = list.map(({ name, in: place, required, description, schema }) =>
    make("li", {}, make("code", { text: name }), " ", make("span", { class: "type", text: `${place}, ${summary(schema, api)}` }),
      required && make("span", { class: "needed", text: " required" }), description && make("p", { text: description })));
  return [make("h4", { text: "Parameters" }), make("ul", { class: "fields" }, ...rows)];
}

function content(body, api) {
  return Object.entries(body?.content ?? {}).flatMap(([type, { schema }]) =>
    [make("p", { class: "media" }, make("code", { text: type }), " ", make("span", { class: "type", text: summary(schema, api) })),
      tree(schema, api)]);
}

function responses(operation, api) {
  return Object.entries(operation.responses ?? {}).map(([status, response]) => {
    const inside = content(response, api);
    const title = [make("code", { text: status }), ` ${response.description ?? ""}`];
    return inside.length ? make("details", {}, make("summary", {}, ...title), ...inside) : make("p", { class: "bare" }, ...title);
  });
}

const anchor = ({ method, path }) => `${method}${path}`.replace(/[^a-z0-9]+/gi, "-");

function section(operation, tag, api) {
  const body = content(operation.requestBody, api);
  return make("section", { class: "operation", id: anchor(operation), "data-operation": `${operation.method} ${operation.path}` },
    make("h3", { text: operation.summary ?? operation.operationId }),
    make("p", { class: "route" }, make("span", { class: `method ${operation.method}`, text: operation.method.toUpperCase() }), " ",
      make("code", { text: operation.path })),
    operation.description && make("p", { text: operation.description }),
    ...parameters(operation.parameters, api),
    body.length > 0 && make("h4", { text: "Body" }), ...body,
    make("h4", { text: "Answers" }), ...responses(operation, api),
    make("h4", { text: "Example" }),
    make("pre", { tabindex: "0", "aria-label": "curl example" }, make("code", { text: curl(operation, tag, api) })));
}

// Every problem type that some answer names, by an example or by its schema.
function problems(api) {
  const found = new Map();
  const add = (one) => one?.type && found.set(one.type, { ...found.get(one.type), ...one });
  for (const item of Object.values(api.paths)) {
    for (const operation of Object.values(item)) {
      for (const [status, response] of Object.entries(operation.responses ?? {})) {
        const { schema, example: one, examples = {} } = response.content?.["application/problem+json"] ?? {};
        const named = schema?.$ref ? api.components.schemas[schema.$ref.split("/").pop()] : schema;
        const types = named?.properties?.type;
        for (const type of types?.enum ?? [types?.const]) add({ type, status });
        for (const given of [one, ...Object.values(examples).map(({ value }) => value), ...(named?.examples ?? [])]) add(given);
      }
    }
  }
  return [...found.values()].sort((one, other) => one.status - other.status || (one.type < other.type ? -1 : 1));
}

function problemSection(api) {
  const rows = problems(api).map(({ type, status, title }) => make("tr", {}, make("td", {}, make("code", { text: type })),
    make("td", { text: status }), make("td", { text: title ?? "" })));
  const heads = ["type", "status", "title"].map((text) => make("th", { scope: "col", text }));
  return make("section", { id: "problems" }, make("h2", { text: "Problems" }),
    make("p", { text: "Every error is application/problem+json with type, title, status and detail; some carry members of their own: errors (path and message of each fault), retry_after (seconds), decided_by, decided_at and decided_to." }),
    rows.length ? make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows)) : null);
}

async function show() {
  const reference = document.getElementById("reference");
  const index = document.getElementById("index");
  try {
    const api = await call("/openapi.json");
    const groups = grouped(api);
    const sections = groups.flatMap(([tag, operations]) => {
      const [title, about] = GROUPS[tag] ?? [tag, api.tags?.find(({ name }) => name === tag)?.description];
      return [make("h2", { text: title }), about && make("p", { class: "soft", text: about }),
        ...operations.map((operation) => section(operation, tag, api))].filter(Boolean);
    });
    reference.replaceChildren(...sections, problemSection(api));
    index.replaceChildren(...groups.map(([tag, operations]) => make("div", {}, make("h2", { text: GROUPS[tag]?.[0] ?? tag }),
      make("ul", {}, ...operations.map((operation) => make("li", {}, make("a", { href: `#${anchor(operation)}`, text: operation.summary ?? operation.path })))))));
    // The place that an address names exists only now.
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  } catch (problem) {
    reference.replaceChildren(make("p", { class: "fault", text: `The description cannot be shown: ${problem.message}` }));
    if (!problem.type) throw problem;
  } finally {
    reference.setAttribute("aria-busy", "false");
  }
}

show();
