import { expect, test } from "vitest";
import { csvOf } from "../../parts/table-file";
import type { Job } from "../../wire/generated";
import { type Heads, linesOf } from "./csv";

const heads = Object.fromEntries(
  [
    "status",
    "robot",
    "number",
    "version",
    "created",
    "started",
    "ended",
    "seconds",
    "computer",
    "by",
    "outcome",
    "id",
  ].map((name) => [name, name]),
) as unknown as Heads;

test("no cell is a formula, and quotes, commas and line breaks stay inside their cell", () => {
  const job = {
    id: "a",
    number: 4,
    status: "failed",
    robotName: '=HYPERLINK("http://evil","x")',
    robotVersion: 2,
    createdAt: "2026-11-23T08:15:02.118Z",
    createdBy: { kind: "user", name: "+Anna, B." },
    agentName: "@host",
    outcome: { kind: "failed", message: "-1\nsecond", ranMs: 1200 },
  } as unknown as Job;
  const text = csvOf(linesOf([job], heads, (status) => status));
  expect(text.startsWith("\ufeff")).toBe(true);
  expect(text.split("\r\n")[1]).toBe(
    `failed,"'=HYPERLINK(""http://evil"",""x"")",4,2,2026-11-23T08:15:02.118Z,,,1.200,'@host,"'+Anna, B.","'-1\nsecond",a`,
  );
});
