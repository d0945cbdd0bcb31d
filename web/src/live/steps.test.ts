import { expect, test } from "vitest";
import type { Event } from "../wire/generated";
import { StepTree } from "./steps";

const at = "2026-01-01T00:00:00.000Z";
let seq = 0;
const start = (step: number, parent: number, type: string, name: string): Event => ({
  seq: ++seq,
  at,
  kind: "stepStarted",
  step,
  parent,
  type,
  name,
});
const end = (step: number, status: string): Event => ({
  seq: ++seq,
  at,
  kind: "stepEnded",
  step,
  status,
  elapsedMs: 1,
});

const names = (tree: StepTree, open = true) =>
  tree
    .rows(
      () => open,
      () => false,
    )
    .map((row) =>
      row.kind === "step" ? `${row.depth} ${row.node.name}` : `${row.depth} … ${row.kind === "more" ? row.count : ""}`,
    );

test("a single suite and task on top are no rows", () => {
  const tree = new StepTree();
  for (const event of [
    start(1, 0, "suite", "S"),
    start(2, 1, "task", "T"),
    start(3, 2, "keyword", "A"),
    end(3, "pass"),
    start(4, 2, "keyword", "B"),
  ]) {
    tree.take(event);
  }
  expect(names(tree)).toEqual(["0 A", "0 B"]);
  expect(tree.current?.name).toBe("B");
  expect(tree.way(4).map(({ name }) => name)).toEqual(["S", "T", "B"]);
});

test("what prepares the robot stands before the steps of its only task", () => {
  const tree = new StepTree();
  for (const event of [
    start(1, 0, "environment", "Find Python"),
    end(1, "pass"),
    start(2, 0, "suite", "S"),
    start(3, 2, "task", "T"),
    start(4, 3, "keyword", "A"),
  ]) {
    tree.take(event);
  }
  expect(names(tree)).toEqual(["0 Find Python", "0 A"]);
});

test("a long loop shows the first round, the last five and those that failed", () => {
  const tree = new StepTree();
  tree.take(start(1, 0, "for", "loop"));
  for (let round = 1; round <= 30; round += 1) {
    tree.take(start(1 + round, 1, "iteration", `round ${round}`));
    tree.take(end(1 + round, round === 12 ? "fail" : "pass"));
  }
  expect(names(tree)).toEqual([
    "0 loop",
    "1 round 1",
    "1 … 23",
    "1 round 12",
    "1 round 26",
    "1 round 27",
    "1 round 28",
    "1 round 29",
    "1 round 30",
  ]);
});

test("a failure that something caught is not among the failures", () => {
  const tree = new StepTree();
  for (const event of [
    start(1, 0, "task", "T"),
    start(2, 1, "try", "TRY"),
    start(3, 2, "keyword", "Caught"),
    end(3, "fail"),
    end(2, "pass"),
    start(4, 1, "keyword", "Outer"),
    start(5, 4, "keyword", "Inner"),
    end(5, "fail"),
    end(4, "fail"),
    end(1, "fail"),
  ]) {
    tree.take(event);
  }
  expect(tree.failures().map(({ name }) => name)).toEqual(["Inner"]);
});

test("events that make no sense change nothing", () => {
  const tree = new StepTree();
  tree.take(end(9, "pass"));
  tree.take({ seq: 1, at, kind: "stepStarted", step: 0, name: "zero" });
  tree.take(start(1, 1, "keyword", "its own parent"));
  expect(names(tree)).toEqual(["0 its own parent"]);
  expect(tree.way(1).length).toBeGreaterThan(0);
});
