// Measures a built page against its budgets: what the overview loads (the entry with the page of robots, and everything
// that it imports), and the style sheets. Sizes are gzip, as sent. Exit 1 when one is exceeded.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const assets = join(dirname(fileURLToPath(import.meta.url)), "../dist/assets");
const sizeOf = (name) => gzipSync(readFileSync(join(assets, name)), { level: 9 }).length;
const files = readdirSync(assets).filter((name) => !/\.(gz|br)$/.test(name));
const scripts = files.filter((name) => name.endsWith(".js"));
const styles = files.filter((name) => name.endsWith(".css"));

const html = readFileSync(join(assets, "../index.html"), "utf8");
const entry = html.match(/src="\/assets\/([^"]+\.js)"/)?.[1];
const code = scripts.find((name) => name.startsWith("code-"));
if (!entry || !code) throw new Error("no built page in dist: npm run build");

const seen = new Set();
function reach(name) {
  if (seen.has(name)) return;
  seen.add(name);
  const text = readFileSync(join(assets, name), "utf8");
  for (const [, other] of text.matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) reach(other);
}
reach(entry);
// The words of one language; the largest counts.
const words = scripts.filter((name) => /^[a-z]{2}-core-/.test(name)).sort((a, b) => sizeOf(b) - sizeOf(a));
if (!words[0]) throw new Error("no words in the built page");
reach(words[0]);

const sum = (names) => names.reduce((total, name) => total + sizeOf(name), 0);
const overviewStyles = styles.filter((name) => [...seen].some((script) => script.split("-")[0] === name.split("-")[0]));
if (seen.has(code)) throw new Error("the overview loads the text editor");
const rows = [
  ["script of the overview", sum([...seen]), 60 * 1024],
  ["style of the overview", sum(overviewStyles), 10 * 1024],
  ["text editor, loaded by its page alone", sum([code]), 150 * 1024],
  ["all other scripts", sum(scripts.filter((name) => name !== code)), 200 * 1024],
  ["all styles", sum(styles), 20 * 1024],
];
let failed = false;
for (const [what, size, limit] of rows) {
  const over = size >= limit;
  failed ||= over;
  console.log(`${over ? "OVER" : "ok  "} ${what}: ${(size / 1024).toFixed(1)} of ${limit / 1024} KB`);
}
// Each page, part and language is a file of its own; a page loads a few of them.
const mostFiles = 75;
const count = files.length;
if (count > mostFiles) failed = true;
console.log(`${count > mostFiles ? "OVER" : "ok  "} files in assets: ${count} of ${mostFiles}`);
process.exit(failed ? 1 : 0);
