import { describe, expect, test } from "vitest";
import { Endings, emptyShelf, ended, lookedAt, shelfOf } from "./endings";

const at = (ms: number) => new Date(ms).toISOString();
const open = (id: string) => ({ id, status: "executing" });
const done = (id: string, ms = 5_000, status = "success") => ({ id, status, endedAt: at(ms) });

describe("a job has ended just now", () => {
  test("when it was known as open, once", () => {
    const endings = new Endings();
    expect(endings.hear(open("a"), 10_000)).toBe(false);
    expect(endings.hear(done("a"), 10_000)).toBe(true);
    expect(endings.hear(done("a"), 10_000)).toBe(false);
    expect(endings.hear(open("a"), 10_000)).toBe(false);
    expect(endings.hear(done("a"), 10_000)).toBe(false);
  });

  test("when it ended after the page began to listen, even if it was never seen open", () => {
    const endings = new Endings();
    expect(endings.hear(done("a", 9_999), 10_000)).toBe(false);
    expect(endings.hear(done("b", 10_000), 10_000)).toBe(true);
  });

  test("not when an old job is told again, such as with a late outcome", () => {
    expect(new Endings().hear(done("a", 1), 10_000)).toBe(false);
    expect(new Endings().hear({ ...done("b", 11_000), late: {} }, 10_000)).toBe(false);
  });

  test("when an earlier page knew it as open and it is not among the open ones any more", () => {
    const endings = new Endings(["a", "b"]);
    expect(endings.missingFrom([{ id: "b" }])).toEqual(["a"]);
    expect(endings.hear(done("a", 1), 10_000)).toBe(true);
    expect(endings.missingFrom([{ id: "b" }])).toEqual([]);
    endings.forget("b");
    expect(endings.missingFrom([])).toEqual([]);
  });
});

describe("what nobody looked at", () => {
  test("is counted once, and no more after a look", () => {
    let shelf = ended(ended(emptyShelf, done("a", 1, "failed")), done("a", 1, "failed"));
    expect(shelf.unseen).toEqual([{ id: "a", failed: true }]);
    shelf = lookedAt(shelf, ["a"]);
    expect(shelf.unseen).toEqual([]);
    expect(ended(shelf, done("a")).unseen).toEqual([]);
  });

  test("is not counted when it was looked at before its end was heard", () => {
    expect(ended(lookedAt(emptyShelf, ["a"]), done("a")).unseen).toEqual([]);
  });

  test("is read from what stands there, however odd", () => {
    expect(shelfOf(null)).toEqual(emptyShelf);
    expect(shelfOf("{")).toEqual(emptyShelf);
    expect(shelfOf('{"open":["a",1],"unseen":[{"id":"b"},{"id":"c","failed":true}],"seen":"x"}')).toEqual({
      open: ["a"],
      unseen: [{ id: "c", failed: true }],
      seen: [],
    });
  });
});
