import { expect, test } from "vitest";
import { beside, type DiffLine, diff } from "./diff";

const short = (lines: DiffLine[]) =>
  lines.map((line) =>
    line.kind === "fold" ? `…${line.count}` : `${{ same: " ", removed: "-", added: "+" }[line.kind]}${line.text}`,
  );

/** What stands on one side, folds aside. */
function side(lines: DiffLine[], which: "left" | "right"): string[] {
  return lines.flatMap((line) =>
    line.kind !== "fold" && (line.kind === "same" || line.kind === (which === "left" ? "removed" : "added"))
      ? [line.text]
      : [],
  );
}

test("equal texts are one fold", () => {
  expect(short(diff("a\nb", "a\nb"))).toEqual(["…2"]);
});

test("a changed line shows both, its neighbours and a fold", () => {
  const before = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
  const after = before.with(4, "five");
  expect(short(diff(before.join("\n"), after.join("\n")))).toEqual([
    "…1",
    " 2",
    " 3",
    " 4",
    "-5",
    "+five",
    " 6",
    " 7",
    " 8",
    "…1",
  ]);
});

test("added and removed lines keep their numbers", () => {
  expect(diff("a\nc", "a\nb\nc")).toEqual([
    { kind: "same", text: "a", left: 1, right: 1 },
    { kind: "added", text: "b", right: 2 },
    { kind: "same", text: "c", left: 2, right: 3 },
  ]);
});

test("both sides can be read back from any difference", () => {
  let state = 7;
  const chance = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state % below;
  };
  for (let round = 0; round < 200; round += 1) {
    const text = () => Array.from({ length: 1 + chance(7) }, () => "abc"[chance(3)] ?? "");
    const left = text();
    const right = text();
    const lines = diff(left.join("\n"), right.join("\n"));
    if (lines.some((line) => line.kind === "fold")) continue;
    expect(side(lines, "left")).toEqual(left);
    expect(side(lines, "right")).toEqual(right);
  }
});

test("side by side, what came stands beside what went, and the longer side has blanks beside it", () => {
  const rows = beside(diff("a\nb\nc\nz", "a\nB\nz"));
  const text = (line: DiffLine | undefined) => (line && line.kind !== "fold" ? line.text : undefined);
  expect(rows.map((row) => ("fold" in row ? row.fold : [text(row.left), text(row.right)]))).toEqual([
    ["a", "a"],
    ["b", "B"],
    ["c", undefined],
    ["z", "z"],
  ]);
});
