import { expect, test } from "vitest";
import { Held, type Revised } from "./held";

const item = (id: string, rev: number, more: Partial<Revised> = {}): Revised => ({ id, rev, ...more });

test("an older object never replaces a newer one", () => {
  const held = new Held();
  expect(held.adopt(item("a", 2))).toBe(true);
  expect(held.adopt(item("a", 1))).toBe(false);
  expect(held.get("a")?.rev).toBe(2);
});

test("of two objects with one rev the later asOf counts", () => {
  const held = new Held();
  held.adopt(item("a", 1, { asOf: "2026-01-01T00:00:02Z" }));
  expect(held.adopt(item("a", 1, { asOf: "2026-01-01T00:00:01Z" }))).toBe(false);
  expect(held.adopt(item("a", 1, { asOf: "2026-01-01T00:00:03Z" }))).toBe(true);
});

test("what was pushed while a snapshot was on its way stays", () => {
  const held = new Held();
  held.adopt(item("old", 1));
  held.begin();
  held.adopt(item("new", 1));
  held.finish([item("other", 1)]);
  expect(
    held
      .all()
      .map(({ id }) => id)
      .sort(),
  ).toEqual(["new", "other"]);
});

test("of one rev, what was pushed meanwhile stands before the snapshot", () => {
  const held = new Held<Revised & { state: string }>();
  held.adopt({ id: "a", rev: 1, state: "online" });
  held.begin();
  held.adopt({ id: "a", rev: 1, state: "silent" });
  held.finish([{ id: "a", rev: 1, state: "online" }]);
  expect(held.get("a")?.state).toBe("silent");
  held.begin();
  held.finish([{ id: "a", rev: 1, state: "online" }]);
  expect(held.get("a")?.state).toBe("online");
});

test("a late snapshot does not bring back what a push removed", () => {
  const held = new Held();
  held.adopt(item("a", 1));
  held.begin();
  held.adopt(item("a", 2, { deleted: true }));
  held.finish([item("a", 1)]);
  expect(held.all()).toEqual([]);
});
