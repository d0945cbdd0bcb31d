// Shows /api/v1/openapi.json. Everything is set as text, never as HTML.
"use strict";

function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

function fold(title, ...children) {
  const summary = element("summary", "", ...title);
  return element("details", "", summary, ...children);
}

function example(content) {
  const shown = Object.values(content ?? {}).find((one) => one.example !== undefined);
  return shown ? [element("pre", JSON.stringify(shown.example, null, 2))] : [];
}

function operation(path, method, about) {
  const name = element("span", method.toUpperCase());
  name.className = "method";
  const parts = [element("p", about.description ?? "")];
  for (const one of about.parameters ?? []) {
    parts.push(element("p", `${one.name} (${one.in}): ${one.description ?? ""}`));
  }
  if (about.requestBody) {
    const types = Object.keys(about.requestBody.content).join(", ");
    parts.push(element("h4", `Body: ${types}`), ...example(about.requestBody.content));
  }
  for (const [status, answer] of Object.entries(about.responses ?? {})) {
    parts.push(element("h4", `${status}: ${answer.description}`), ...example(answer.content));
  }
  return fold([name, element("code", path), ` ${about.summary ?? ""}`], ...parts);
}

async function show() {
  const content = document.getElementById("content");
  try {
    const answer = await fetch("/api/v1/openapi.json");
    const api = await answer.json();
    const groups = new Map();
    for (const [path, methods] of Object.entries(api.paths)) {
      for (const [method, about] of Object.entries(methods)) {
        const group = about.tags?.[0] ?? "other";
        if (!groups.has(group)) groups.set(group, element("section", "", element("h2", group)));
        groups.get(group).append(operation(path, method, about));
      }
    }
    content.replaceChildren(...groups.values());
  } catch (error) {
    content.textContent = `The document could not be loaded: ${error}`;
  }
  content.removeAttribute("aria-busy");
}

show();
