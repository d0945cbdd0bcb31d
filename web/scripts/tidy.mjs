// Rules that no linter knows: no words in a component, imports in one direction, the network in one folder, runes only
// where they work, files of a readable length.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "svelte/compiler";

const src = join(dirname(fileURLToPath(import.meta.url)), "../src");
const longest = 800;
/** Who may import whom: a room sees itself and these. */
const sees = {
  pages: ["parts", "ui", "live", "wire", "words"],
  parts: ["ui", "live", "wire", "words"],
  live: ["wire"],
  ui: [],
  words: ["wire"],
  wire: [],
};
const spoken = ["aria-label", "title", "placeholder", "alt", "label"];
const problems = [];
const files = readdirSync(src, { recursive: true }).filter(
  (name) => /\.(svelte|ts)$/.test(name) && !name.includes("generated"),
);

function words(node, name) {
  if (!node || typeof node !== "object") return;
  if (node.type === "Text" && /\p{L}{2,}/u.test(node.data))
    problems.push(`${name}: words in the markup: ${node.data.trim()}`);
  if (node.type === "StyleDirective") return;
  if (node.type === "Attribute") {
    const texts = Array.isArray(node.value) ? node.value.filter((part) => part.type === "Text") : [];
    if (spoken.includes(node.name) && texts.some(({ data }) => /\p{L}{2,}/u.test(data))) {
      problems.push(`${name}: words in the attribute ${node.name}`);
    }
    return;
  }
  for (const [key, value] of Object.entries(node)) {
    if (key === "css" || key === "instance" || key === "module" || key === "parent") continue;
    if (Array.isArray(value)) for (const child of value) words(child, name);
    else words(value, name);
  }
}

for (const name of files) {
  const text = readFileSync(join(src, name), "utf8");
  const room = name.includes("/") ? name.split("/")[0] : undefined;
  if (text.split("\n").length > longest) problems.push(`${name}: longer than ${longest} lines`);
  if (name.endsWith(".svelte")) words(parse(text, { modern: true }).fragment, name);
  if (room !== "wire" && /\b(fetch\(|XMLHttpRequest|WebSocket\(|from "socket\.io-client")/.test(text)) {
    problems.push(`${name}: the network belongs to wire/`);
  }
  if (/\.ts$/.test(name) && !/\.svelte\.ts$/.test(name) && /\$(state|derived|effect|props)\b/.test(text)) {
    problems.push(`${name}: a rune works only in .svelte and .svelte.ts`);
  }
  if (room && room !== "words" && /(?<!withWords\()import\("[^"]*(parts|pages|\.\/[A-Z])[^"]*"\)/.test(text)) {
    problems.push(`${name}: a part that is loaded later comes with its words: withWords(import(…))`);
  }
  if (!room || name.endsWith(".test.ts")) continue;
  for (const [, target] of text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
    const path = relative(src, resolve(src, dirname(name), target));
    const other = path.split("/")[0];
    if (!path.includes("/")) continue;
    if (room === "pages" && other === "pages" && path.split("/")[1] !== name.split("/")[1]) {
      problems.push(`${name}: a page never imports a page (${path})`);
    } else if (other !== room && !sees[room]?.includes(other))
      problems.push(`${name}: ${room}/ does not see ${other}/`);
  }
}
for (const problem of problems) console.error(problem);
process.exit(problems.length ? 1 : 0);
