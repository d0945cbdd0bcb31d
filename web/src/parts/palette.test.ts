import { expect, test } from "vitest";
import { ranked, Used } from "./palette";

const entries = ["Payroll", "Pay invoices", "Morning report", "Überweisung prüfen", "Go to Jobs"].map(
  (text, index) => ({
    id: String(index),
    text,
  }),
);
const found = (typed: string, used: string[] = []) => ranked(entries, typed, used, 10).map(({ text }) => text);

test("every word must fit, in any order; accents and case do not matter", () => {
  expect(found("invoices PAY")).toEqual(["Pay invoices"]);
  expect(found("uberw")).toEqual(["Überweisung prüfen"]);
  expect(found("pay nothing")).toEqual([]);
});

test("a whole word is above a beginning, and that above scattered letters", () => {
  expect(found("pay")).toEqual(["Pay invoices", "Payroll"]);
  expect(found("pyrl")).toEqual(["Payroll"]);
  expect(found("mrp")).toEqual([]);
});

test("of equals the one used last is first, also before anything is typed", () => {
  expect(found("", ["2", "0"]).slice(0, 3)).toEqual(["Morning report", "Payroll", "Pay invoices"]);
});

test("1,000 robots are searched in a few milliseconds", () => {
  const many = Array.from({ length: 1_000 }, (_, index) => ({ id: `${index}`, text: `Robot ${index} of the month` }));
  ranked(many, "", [], 50);
  const start = performance.now();
  expect(ranked(many, "month 99", [], 50)[0]?.text).toBe("Robot 99 of the month");
  expect(performance.now() - start).toBeLessThan(50);
});

test("what was used is kept newest first, once each", () => {
  const held = new Map<string, string>();
  const used = new Used("anna", () => ({
    getItem: (key) => held.get(key) ?? null,
    setItem: (key, value) => void held.set(key, value),
  }));
  for (const id of ["a", "b", "a"]) used.add(id);
  expect(used.read()).toEqual(["a", "b"]);
  held.set("palette anna", "{");
  expect(used.read()).toEqual([]);
});
