import { expect, test } from "vitest";
import type { Event } from "../wire/generated";
import { Log } from "./log";

const at = "2026-01-01T00:00:00.000Z";
const log = (seq: number, level = "info"): Event => ({ seq, at, kind: "log", level, text: `line ${seq}` });

test("a hole is a row between its neighbours until it fills", () => {
  const held = new Log();
  held.take([log(1), log(2)]);
  held.take([log(6), log(7)]);
  expect(held.upTo).toBe(2);
  expect(held.hole()).toEqual({ from: 3, to: 5 });
  expect(held.rowCount("info")).toBe(5);
  expect(held.rowAt("info", 2)).toEqual({ kind: "hole", from: 3, to: 5 });
  expect(held.rowAt("info", 3)).toEqual({ kind: "event", event: log(6) });
  held.take([log(4), log(3), log(5)]);
  expect(held.hasHole).toBe(false);
  expect(held.rowCount("info")).toBe(7);
});

test("what the server says exists is a hole at the end", () => {
  const held = new Log();
  held.take([log(1)]);
  held.expect(9);
  expect(held.hole()).toEqual({ from: 2, to: 9 });
  expect(held.rowCount("info")).toBe(2);
});

test("doubles are dropped", () => {
  const held = new Log();
  held.take([log(1), log(2)]);
  held.take([log(1), log(2), log(3)]);
  expect(held.rowCount("trace")).toBe(3);
  expect(held.count("info")).toBe(3);
});

test("a level shows itself and above, and every gap", () => {
  const held = new Log();
  held.take([
    log(1, "debug"),
    log(2, "error"),
    { seq: 3, at, kind: "gap", count: 12, reason: "disk_full" },
    log(4, "warn"),
    { seq: 5, at, kind: "output", stream: "stdout", text: "x" },
    { seq: 6, at, kind: "stepStarted", step: 1, type: "task", name: "T" },
    log(7, "never heard of"),
  ]);
  const seen = (level: "trace" | "info" | "error") =>
    Array.from({ length: held.rowCount(level) }, (_, index) => {
      const row = held.rowAt(level, index);
      return row?.kind === "event" ? row.event.seq : 0;
    });
  expect(seen("trace")).toEqual([1, 2, 3, 4, 5, 7]);
  expect(seen("info")).toEqual([2, 3, 4, 5, 7]);
  expect(seen("error")).toEqual([2, 3]);
  expect(held.lost).toEqual({ lines: 12, gaps: 1 });
  expect(held.indexOf("trace", 4)).toBe(3);
  expect(held.indexOf("trace", 6)).toBe(5);
});

test("the row of a line stays the same while lines arrive", () => {
  const held = new Log();
  held.take([log(1), log(2)]);
  const before = held.rowAt("info", 1);
  held.take([log(3)]);
  expect(held.rowAt("info", 1)).toEqual(before);
});
