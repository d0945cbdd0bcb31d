// Every message of every language is compiled into a function that gives the text its ICU says, and another choice of
// language changes what is read through the same functions.

import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { frame } from "./generated/frame";
import { job } from "./generated/job";
import { waiting } from "./generated/waiting";
import { type Language, language } from "./language.svelte";
import { duration, size } from "./times";

type Source = Record<string, Record<string, string>>;
const sourceOf = (name: Language): Source =>
  JSON.parse(readFileSync(new URL(`../../messages/${name}.json`, import.meta.url), "utf8"));

afterAll(() => language.choose("en"));

for (const name of ["en", "de"] as const) {
  describe(`messages in ${name}`, () => {
    const source = sourceOf(name);
    for (const [area, texts] of Object.entries(source)) {
      test(`of ${area} are all there and leave no argument open`, async () => {
        await language.choose(name);
        const module: Record<string, Record<string, (args: object) => string>> = await import(`./generated/${area}.ts`);
        const functions = module[area] ?? {};
        expect(Object.keys(functions)).toEqual(Object.keys(sourceOf("en")[area] ?? {}));
        for (const [key, message] of Object.entries(functions)) {
          const names = [...(texts[key] ?? "").matchAll(/\{(\w+)/g)].map(([, name]) => [name, 2]);
          const text = message(Object.fromEntries(names));
          expect(text, key).not.toMatch(/[{}]|undefined|NaN/);
          expect(text.trim(), key).not.toBe("");
        }
      });
    }
  });
}

test("U6 both languages have the same messages with the same arguments", () => {
  const shapes = (name: Language) =>
    Object.entries(sourceOf(name)).flatMap(([area, texts]) =>
      Object.entries(texts).map(([key, message]) => {
        const names = [...message.matchAll(/\{(\w+)(?=[},])/g)].map(([, argument]) => argument);
        return `${area}.${key} ${[...new Set(names)].sort().join(" ")}`;
      }),
    );
  expect(shapes("de").sort()).toEqual(shapes("en").sort());
});

test("plurals follow their number", async () => {
  await language.choose("en");
  expect(frame.openJobs({ n: 1 })).toBe("one job waiting or executing");
  expect(frame.openJobs({ n: 1_200 })).toBe("1,200 jobs waiting or executing");
  expect(waiting.agents_offline({ n: 1, computer: "FINANCE-2", time: "08:12" })).toBe(
    "Your computer is offline. FINANCE-2 was last heard from at 08:12.",
  );
  expect(job.gap({ n: 12, why: "x" })).toBe("12 lines are missing here: x");
});

test("German has its own plurals, numbers and word order", async () => {
  await language.choose("de");
  expect(frame.openJobs({ n: 1 })).toBe("ein Auftrag wartet oder läuft");
  expect(frame.openJobs({ n: 1_200 })).toBe("1.200 Aufträge warten oder laufen");
  expect(duration(12_340)).toBe("12,3 s");
  expect(size(1_831_022)).toBe("1,8 MB");
});

test("the last of two choices counts, whichever is loaded first", async () => {
  await Promise.all([language.choose("de"), language.choose("en")]);
  expect(frame.jobs()).toBe("Jobs");
  expect(language.value).toBe("en");
});
