"use strict";

const byId = (id) => document.getElementById(id);

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function resolve(schema, definitions) {
  const name = schema && schema.$ref && schema.$ref.split("/").pop();
  return name ? definitions[name] : schema || {};
}

function typeOf(field, definitions) {
  if (field.$ref) return typeOf(resolve(field, definitions), definitions);
  if (field.enum) return field.enum.join(" | ");
  if (field.type === "array") return `list of ${typeOf(field.items || {}, definitions)}`;
  return field.format || field.type || "text";
}

function example(field, definitions) {
  if (field.$ref) return example(resolve(field, definitions), definitions);
  if (field.default !== undefined) return field.default;
  if (field.enum) return field.enum[0];
  if (field.type === "array") return [example(field.items || {}, definitions)];
  if (field.type === "object") {
    const made = {};
    for (const name of field.required || []) {
      if (field.properties && field.properties[name]) made[name] = example(field.properties[name], definitions);
    }
    return made;
  }
  if (field.type === "integer" || field.type === "number") return 1;
  if (field.type === "boolean") return true;
  return field.format === "date" ? new Date().toISOString().slice(0, 10) : "";
}

function fieldTable(fields, definitions) {
  const table = element("table");
  const head = table.createTHead().insertRow();
  for (const title of ["Field", "Type", "Required", "Meaning"]) head.append(element("th", title));
  const body = table.createTBody();
  for (const field of fields) {
    const row = body.insertRow();
    row.append(
      element("td", field.name),
      element("td", typeOf(field.schema, definitions)),
      element("td", field.required ? "yes" : ""),
      element("td", field.schema.description || (field.schema.default !== undefined ? `default ${field.schema.default}` : "")),
    );
  }
  return table;
}

function fieldsOf(operation, definitions) {
  const found = [];
  for (const parameter of operation.parameters) {
    if (parameter.in === "body") {
      const schema = resolve(parameter.schema, definitions);
      for (const [name, field] of Object.entries(schema.properties || {})) {
        if (name !== "apikey") found.push({ name, schema: field, required: (schema.required || []).includes(name) });
      }
    } else {
      found.push({ name: parameter.name, schema: parameter, required: parameter.required });
    }
  }
  return found;
}

async function call(method, path, text) {
  const headers = { "X-API-KEY": byId("key").value };
  let url = path;
  const options = { method, headers, credentials: "omit" };
  if (method === "GET") {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(JSON.parse(text || "{}"))) {
      if (url.includes(`{${name}}`)) url = url.replace(`{${name}}`, String(value));
      else query.set(name, String(value));
    }
    url += query.size ? `?${query}` : "";
  } else {
    headers["Content-Type"] = "application/json";
    options.body = text;
  }
  const answer = await fetch(url, options);
  const body = await answer.text();
  let shown = body;
  try {
    shown = JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    // CSV and plain text are shown as they are.
  }
  return `${answer.status} ${answer.statusText}\n${shown.slice(0, 20000)}`;
}

function route(path, method, operation, definitions) {
  const box = element("details", undefined, { "data-path": path });
  const title = element("summary");
  title.append(element("code", `${method} ${path}`), document.createTextNode(operation.summary));
  const fields = fieldsOf(operation, definitions);
  const start = {};
  for (const field of fields) if (field.required) start[field.name] = example(field.schema, definitions);
  const text = element("textarea", undefined, { "aria-label": `Request of ${path}`, spellcheck: "false" });
  text.value = JSON.stringify(start, null, 2);
  const send = element("button", "Send", { type: "button" });
  const result = element("pre", "", { "aria-live": "polite", hidden: "" });
  send.addEventListener("click", async () => {
    send.disabled = true;
    result.hidden = false;
    try {
      result.textContent = await call(method, path, text.value);
    } catch (error) {
      result.textContent = String(error);
    }
    send.disabled = false;
  });
  const inside = element("div");
  inside.append(fieldTable(fields, definitions), text, send, result);
  box.append(title, inside);
  return box;
}

async function show() {
  const answer = await fetch("/api/v1/swagger.json");
  const description = await answer.json();
  byId("about").textContent = `${description.info.description} Version ${description.info.version}.`;
  const sections = new Map();
  for (const tag of description.tags) {
    const section = element("section");
    section.append(element("h2", tag.name), element("p", tag.description));
    sections.set(tag.name, section);
    byId("routes").append(section);
  }
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      sections.get(operation.tags[0]).append(route(path, method.toUpperCase(), operation, description.definitions));
    }
  }
}

byId("find").addEventListener("input", (event) => {
  const wanted = event.target.value.trim().toLowerCase();
  for (const box of document.querySelectorAll("details")) box.hidden = !box.dataset.path.includes(wanted);
});

show().catch((error) => {
  byId("about").textContent = `The description cannot be loaded: ${error}`;
});
