import { expect, test } from "vitest";
import type { Robot } from "../../wire/generated";
import { marked, matches, sorted, wordsOf } from "./search";

const robot = (name: string, more: Partial<Robot> = {}): Robot => ({
  id: name,
  userId: "u",
  name,
  kind: "robotframework",
  version: 1,
  rev: 1,
  labels: [],
  description: "",
  favourite: false,
  settings: { stopGraceMs: 10_000, repeatable: false, maxAttempts: 3, keepDays: 90 },
  createdAt: "2026-01-01T00:00:00Z",
  updatedAt: "2026-01-01T00:00:00Z",
  ...more,
});

test("all words match in any order, without case and accents, in name, description and labels", () => {
  const pay = robot("Pay Invoices", { description: "für Zürich", labels: ["sap"] });
  for (const query of ["invo pay", "ZURICH", "zürich", "sap pay", " "]) {
    expect(matches(pay, wordsOf(query))).toBe(true);
  }
  expect(matches(pay, wordsOf("pay payroll"))).toBe(false);
});

test("what matched is marked in the original spelling", () => {
  expect(marked("Pay in Zürich", wordsOf("zur pay"))).toEqual([
    { text: "Pay", hit: true },
    { text: " in ", hit: false },
    { text: "Zür", hit: true },
    { text: "ich", hit: false },
  ]);
});

test("favourites come first, then the last played, then the name", () => {
  const last: Record<string, string> = { B: "2", C: "3" };
  const robots = [robot("D"), robot("A", { favourite: true }), robot("B"), robot("C"), robot("E")];
  const names = (by: "usual" | "name" | "last") =>
    sorted(robots, by, ({ name }) => last[name] ?? "").map(({ name }) => name);
  expect(names("usual").join("")).toBe("ACBDE");
  expect(names("name").join("")).toBe("ABCDE");
  expect(names("last").join("")).toBe("CBADE");
});
