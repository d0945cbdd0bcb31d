// Every message of en.json is compiled into a function that gives the text its ICU says.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { frame } from "./generated/frame";
import { job } from "./generated/job";
import { waiting } from "./generated/waiting";

const source: Record<string, Record<string, string>> = JSON.parse(
  readFileSync(new URL("../../messages/en.json", import.meta.url), "utf8"),
);

describe("messages", () => {
  for (const [area, texts] of Object.entries(source)) {
    test(`of ${area} are all there and leave no argument open`, async () => {
      const module: Record<string, Record<string, (args: object) => string>> = await import(`./generated/${area}.ts`);
      const functions = module[area] ?? {};
      expect(Object.keys(functions)).toEqual(Object.keys(texts));
      for (const [key, message] of Object.entries(functions)) {
        const names = [...(texts[key] ?? "").matchAll(/\{(\w+)/g)].map(([, name]) => [name, 2]);
        const text = message(Object.fromEntries(names));
        expect(text, key).not.toMatch(/[{}]|undefined|NaN/);
        expect(text.trim(), key).not.toBe("");
      }
    });
  }

  test("plurals follow their number", () => {
    expect(frame.openJobs({ n: 1 })).toBe("one job waiting or executing");
    expect(frame.openJobs({ n: 1_200 })).toBe("1,200 jobs waiting or executing");
    expect(waiting.agents_offline({ n: 1, computer: "FINANCE-2", time: "08:12" })).toBe(
      "Your computer is offline. FINANCE-2 was last heard from at 08:12.",
    );
    expect(job.gap({ n: 12, why: "x" })).toBe("12 lines are missing here: x");
  });
});
