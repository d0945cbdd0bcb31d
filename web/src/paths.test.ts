import { describe, expect, test } from "vitest";
import { fromPath, type Route, safeTarget, toPath } from "./paths";

const id = "64f0c1aabbccddeeff009ab2";
const routes: Route[] = [
  { page: "robots" },
  { page: "robots", q: "pay & go/ü?", show: "fav", as: "cards" },
  { page: "robot", id, tab: "overview" },
  { page: "robot", id, tab: "overview", play: true },
  { page: "robot", id, tab: "overview", play: true, from: id },
  { page: "robot", id, tab: "versions" },
  { page: "robot", id, tab: "settings" },
  { page: "edit", id },
  { page: "newRobot" },
  { page: "jobs" },
  {
    page: "jobs",
    robot: id,
    status: "failed",
    computer: id,
    from: "2026-11-01",
    to: "2026-11-02",
    q: "a b",
    cursor: "x=",
  },
  { page: "job", id },
  { page: "job", id, attempt: 2, step: 14, line: 100_000, level: "warn" },
  { page: "computers" },
  { page: "computers", pair: true },
  { page: "computer", id },
  { page: "account" },
  { page: "users" },
  { page: "audit" },
  { page: "audit", user: "a", action: "job.played", from: "2026-11-01", to: "2026-11-30", cursor: "c" },
  { page: "invite" },
  { page: "signIn" },
  { page: "signIn", to: "/jobs?status=failed" },
  { page: "welcome" },
];

describe("addresses", () => {
  for (const route of routes) {
    test(`${toPath(route)} is read back as the route that wrote it`, () => {
      expect(fromPath(toPath(route))).toEqual(route);
    });
  }

  test("an address that no page has is nothing", () => {
    for (const path of ["/x", "/robots/a/b", "/robots/a/edit/c", "/jobs/a/b", "/computers/a/b", "/admin"]) {
      expect(fromPath(path)).toEqual({ page: "nothing" });
    }
    expect(fromPath(toPath({ page: "nothing" }))).toEqual({ page: "nothing" });
  });

  test("the root is the list of robots", () => {
    expect(fromPath("/")).toEqual({ page: "robots" });
  });

  test("after sign-in only a path of ours is opened", () => {
    expect(safeTarget("/jobs?status=failed")).toEqual({ page: "jobs", status: "failed" });
    for (const evil of [
      "https://evil.example",
      "//evil.example",
      "/\\evil.example",
      "javascript:alert(1)",
      undefined,
    ]) {
      expect(safeTarget(evil)).toEqual({ page: "robots" });
    }
    expect(safeTarget("/sign-in?to=/sign-in")).toEqual({ page: "robots" });
  });
});
