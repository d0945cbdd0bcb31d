// Writes which test shows which promise of the page into docs/TESTING.md: the promises of tests/promises.json, each with
// the tests whose names begin with its mark. Fails on a promise without a test and on a mark without a promise.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const web = join(dirname(fileURLToPath(import.meta.url)), "..");
const page = join(dirname(web), "docs/TESTING.md");
const BEGIN = "<!-- promises of the page: written by `cargo xtask generate` -->\n";
const END = "<!-- end of the promises of the page -->\n";

const promises = JSON.parse(readFileSync(join(web, "tests/promises.json"), "utf8"));
const files = ["tests", "src/words"].flatMap((folder) =>
  readdirSync(join(web, folder))
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => `${folder}/${name}`),
);
/** Tests by mark: `J2`, or several in one name as in `G1 …; G7 …`. */
const shown = new Map();
for (const file of files)
  for (const [, name] of readFileSync(join(web, file), "utf8").matchAll(/^\s*test(?:\.\w+)?\(\s*"((?:[^"\\]|\\.)+)"/gm))
    for (const [, mark] of name.matchAll(/(?:^|; )([A-Z]\d+)(?= )/g))
      shown.set(mark, [...(shown.get(mark) ?? []), `\`${file}\`: ${name.replace(/^[A-Z]\d+ /, "")}`]);

const known = new Set(Object.values(promises).flatMap((those) => Object.keys(those)));
const wrong = [
  ...[...known].filter((mark) => !shown.has(mark)).map((mark) => `no test's name begins with ${mark}`),
  ...[...shown.keys()].filter((mark) => !known.has(mark)).map((mark) => `tests/promises.json does not know ${mark}`),
];
if (wrong.length > 0) throw new Error(wrong.join("\n"));

const table = Object.entries(promises).map(([part, those]) => {
  const rows = Object.entries(those).map(
    ([mark, what]) => `| ${mark} | ${what} | ${shown.get(mark).join("<br>").replaceAll("|", "\\|")} |`,
  );
  return `### ${part}\n\n| | what holds | shown by |\n|---|---|---|\n${rows.join("\n")}\n`;
});
const text = readFileSync(page, "utf8");
const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
if (begin < 0 || end < begin) throw new Error(`docs/TESTING.md lacks the marks ${BEGIN.trim()} and ${END.trim()}`);
writeFileSync(page, `${text.slice(0, begin + BEGIN.length)}\n${table.join("\n")}\n${text.slice(end)}`);
