import { expect, test } from "vitest";
import { Drafts, type Shelf } from "./draft";

function shelf(): Shelf {
  const held = new Map<string, string>();
  return {
    getItem: (key) => held.get(key) ?? null,
    setItem: (key, value) => void held.set(key, value),
    removeItem: (key) => void held.delete(key),
    key: (index) => [...held.keys()][index] ?? null,
    get length() {
      return held.size;
    },
  };
}

const day = 24 * 60 * 60_000;
const draft = { at: 1_000, basedOn: 3, texts: { "main.robot": "typed" }, removed: [] };

test("a draft comes back to the person and robot that it is of", () => {
  const one = shelf();
  new Drafts("anna", "pay", () => one).keep(draft);
  expect(new Drafts("anna", "pay", () => one).read(2_000)).toEqual(draft);
  expect(new Drafts("ben", "pay", () => one).read(2_000)).toBeUndefined();
  expect(new Drafts("anna", "other", () => one).read(2_000)).toBeUndefined();
});

test("after seven days a draft is gone, whichever robot is opened", () => {
  const one = shelf();
  new Drafts("anna", "pay", () => one).keep(draft);
  expect(new Drafts("anna", "pay", () => one).read(7 * day)).toEqual(draft);
  new Drafts("anna", "other", () => one).read(8 * day);
  expect(one.length).toBe(0);
});

test("what is no draft, and a browser that keeps nothing, are no errors", () => {
  const one = shelf();
  one.setItem("editor-draft anna pay", '{"at":1,"texts":{"a":1}}');
  expect(new Drafts("anna", "pay", () => one).read(2)).toBeUndefined();
  const none = new Drafts("anna", "pay", () => {
    throw new Error("denied");
  });
  expect(none.read(2)).toBeUndefined();
  expect(none.keep(draft)).toBe(false);
});
