import { describe, expect, test } from "vitest";
import type { Event, Step } from "../wire/generated";
import { Reference } from "./compare";
import { StepTree } from "./steps";

const at = "2026-11-23T08:15:00.000Z";
const begun = Date.parse(at);

function tree(steps: [number, number, string, number?][]): StepTree {
  const tree = new StepTree();
  let seq = 0;
  for (const [step, parent, name] of steps) {
    seq += 1;
    tree.take({ seq, at, kind: "stepStarted", step, parent, type: "keyword", name } as Event);
  }
  for (const [step, , , elapsedMs] of steps) {
    if (elapsedMs === undefined) continue;
    seq += 1;
    tree.take({ seq, at, kind: "stepEnded", step, status: "pass", elapsedMs } as Event);
  }
  return tree;
}

const other = (step: number, name: string, elapsedMs: number, children: Step[] = [], usualMs?: number): Step => ({
  step,
  type: "keyword",
  name,
  args: [],
  firstSeq: step,
  startedAt: at,
  status: "pass",
  elapsedMs,
  usualMs,
  children,
});

describe("a job beside another", () => {
  const reference = new Reference([
    other(1, "Task", 5_000, [other(2, "Open", 1_000), other(3, "Open", 300), other(4, "Send", 100)]),
  ]);

  test("steps are matched by their names and their order among equals", () => {
    const mine = tree([
      [1, 0, "Task", 9_000],
      [2, 1, "Open", 4_000],
      [3, 1, "Read", 50],
      [4, 1, "Open", 310],
    ]);
    const difference = (step: number) => {
      const node = mine.node(step);
      return node && reference.difference(mine, node);
    };
    expect(difference(1)).toEqual({ kind: "time", byMs: 4_000, muchSlower: false });
    expect(difference(2)).toEqual({ kind: "time", byMs: 3_000, muchSlower: true });
    expect(difference(3)).toEqual({ kind: "new" });
    expect(difference(4)).toBeUndefined();
    const task = mine.node(1);
    expect(task && reference.vanished(mine, task).map(({ name }) => name)).toEqual(["Send"]);
  });

  test("a step that executes does not lack what is still to come", () => {
    const mine = tree([[1, 0, "Task"]]);
    const task = mine.node(1);
    expect(task && reference.vanished(mine, task)).toEqual([]);
  });

  test("a step is unusual from five times its usual time on", () => {
    const usual = new Reference([other(1, "Open", 3_000, [], 3_000)]);
    const mine = tree([[1, 0, "Open"]]);
    expect(usual.unusual(mine, begun + 15_000)).toBeUndefined();
    expect(usual.unusual(mine, begun + 41_000)).toMatchObject({ usualMs: 3_000, tookMs: 41_000 });
  });
});
