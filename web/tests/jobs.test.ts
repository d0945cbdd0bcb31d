// The history of jobs (Proofs H).

import { spawnSync } from "node:child_process";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import type { Job, List } from "../src/wire/generated";
import { exportedBy, readCsv } from "./csv";
import { Arkwright, closeBrowser, hello, open, type ScriptedAgent, until, violations, type Watched } from "./harness";

let server: Arkwright;
let agent: ScriptedAgent;
type Page = Watched["page"];
const rows = (page: Page) => page.getByRole("grid", { name: "Jobs" }).locator("tbody tr");

beforeEach(async () => {
  server = await Arkwright.start();
  agent = await server.scripted("FINANCE-2", { slots: 10 });
});
afterEach(async () => {
  await server.end();
});
afterAll(closeBrowser);

/** Jobs that wait for a computer that is not there. */
async function waiting(count: number, name = "Waits"): Promise<Job[]> {
  const robot = await server.robot(name, hello);
  const jobs: Job[] = [];
  for (let n = 0; n < count; n += 1) jobs.push(await server.play(robot.id, [], { agentLabel: "nowhere" }));
  return jobs;
}

async function failed(name: string, message: string): Promise<Job> {
  const robot = await server.robot(name, hello);
  const job = await server.play(robot.id);
  const running = await agent.take();
  await running.finish({ kind: "failed", failure: "robot", message, ranMs: 1_200 });
  return job;
}

test("H1 a set of filters survives reload and Back", async () => {
  await waiting(2, "Alpha");
  await failed("Beta", "Button Save not found");
  const { page, wrong } = await open(server, "/jobs");
  await until("all jobs", async () => (await rows(page).count()) === 3);
  await page.getByRole("combobox", { name: "Status" }).selectOption("failed");
  await page.getByRole("searchbox", { name: "Search robot or outcome" }).fill("save");
  await page.waitForURL(/status=failed&q=save/);
  await until("the filter", async () => (await rows(page).count()) === 1);
  await page.reload();
  await rows(page).filter({ hasText: "Button Save not found" }).waitFor();
  await expect.poll(() => rows(page).count()).toBe(1);
  await rows(page).getByRole("link", { name: "Job 1" }).click();
  await page.getByRole("heading", { name: "Job 1" }).waitFor();
  await page.goBack();
  await rows(page).filter({ hasText: "Button Save not found" }).waitFor();
  await expect.poll(() => page.getByRole("searchbox", { name: "Search robot or outcome" }).inputValue()).toBe("save");
  await page.getByRole("button", { name: "Clear filters" }).click();
  await until("no filter", async () => (await rows(page).count()) === 3);
  await page.getByRole("searchbox", { name: "Search robot or outcome" }).fill("nothing like this");
  await page.getByText("No job matches.").waitFor();
  expect(await violations(page)).toEqual([]);
  expect(wrong).toEqual([]);
});

test("H2 of a million jobs any page comes within 300 ms, none twice and none missing while jobs arrive", {
  timeout: 300_000,
}, async () => {
  const [first] = await waiting(1, "Many");
  await server.stop();
  // A history that no test can play: copies of one job, put where the server keeps them.
  const copies = spawnSync(
    "python3",
    [
      "-c",
      `
import glob, os, sqlite3, sys
files = [path for path in glob.glob(sys.argv[1] + "/**/*", recursive=True) if os.path.isfile(path)]
path = next(path for path in files if open(path, "rb").read(15) == b"SQLite format 3")
db = sqlite3.connect(path, isolation_level=None)
db.execute("PRAGMA synchronous = OFF")
columns = [row[1] for row in db.execute("PRAGMA table_info(job)")]
def value(name):
    if name == "id": return "printf('%024x', 4096 + n)"
    if name == "number": return "1000 + n"
    if name == "created_at": return "created_at - 1000 * n"
    if name == "request_id": return "NULL"
    if name == "status": return "CASE n % 10 WHEN 0 THEN 'failed' ELSE 'success' END"
    if name in ("ended_at",): return "created_at - 1000 * n"
    if name == "search": return "CASE n WHEN 900000 THEN 'many rareword' ELSE search END"
    if name == "body":
        return "json_set(body, '$.id', printf('%024x', 4096 + n), '$.number', 1000 + n)"
    return name
db.execute("BEGIN")
db.execute(
    "WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 1000000) "
    f"INSERT INTO job ({', '.join(columns)}) SELECT {', '.join(map(value, columns))} FROM many, job WHERE job.id = ?",
    [sys.argv[2]],
)
db.execute("COMMIT")
print(db.execute("SELECT count(*) FROM job").fetchone()[0])
`,
      server.data,
      first?.id ?? "",
    ],
    { encoding: "utf8" },
  );
  expect(copies.stderr).toBe("");
  expect(copies.stdout.trim()).toBe("1000001");
  await server.serve();

  const times: Record<string, number> = {};
  const timed = async (path: string): Promise<List<Job>> => {
    const begin = performance.now();
    const answer = await server.ask<List<Job>>("GET", path);
    times[path.replace(/cursor=.*/, "cursor")] = performance.now() - begin;
    return answer;
  };
  const robot = first?.robotId ?? "";
  for (const query of [
    "",
    "status=failed",
    "status=cancelled",
    `robotId=${robot}`,
    `robotId=${robot}&status=failed`,
    `robotId=${robot}&status=waiting`,
    "q=many",
    "q=rareword",
    "q=rareword&status=success",
    "from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z",
  ]) {
    const page = await timed(`/jobs?limit=50&${query}`);
    if (page.nextCursor) await timed(`/jobs?limit=50&${query}&cursor=${encodeURIComponent(page.nextCursor)}`);
  }
  console.log("H2", JSON.stringify(times));
  for (const [path, ms] of Object.entries(times)) expect(ms, path).toBeLessThan(300);

  // Turning pages while jobs arrive.
  const known = new Set<string>();
  let last = Number.POSITIVE_INFINITY;
  let cursor: string | undefined;
  for (let turn = 0; turn < 20; turn += 1) {
    const from: string = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await server.ask<List<Job>>("GET", `/jobs?limit=50${from}`);
    await server.play(robot, [], { agentLabel: "nowhere" });
    for (const job of page.items) {
      expect(known.has(job.id)).toBe(false);
      known.add(job.id);
      const n = job.number >= 1_000 ? job.number : 999;
      if (last !== Number.POSITIVE_INFINITY && last >= 1_000) expect(n).toBe(last + 1);
      last = n;
    }
    cursor = page.nextCursor;
  }
  expect(known.size).toBe(1_000);

  const { page } = await open(server, "/jobs");
  await rows(page).nth(49).waitFor();
  await page.getByRole("button", { name: "Older" }).click();
  await page.getByRole("button", { name: "Newer" }).waitFor();
  const newest = await server.play(robot, [], { agentLabel: "nowhere" });
  await page.getByRole("button", { name: "Newer" }).click();
  await page.getByRole("button", { name: "Newer" }).waitFor({ state: "detached" });
  // The rows follow the address.
  await rows(page).first().getByText(`Job ${newest.number}`).waitFor();
  const top = await rows(page).first().innerText();
  await server.play(robot, [], { agentLabel: "nowhere" });
  await page.getByText("One new job").waitFor();
  expect(await rows(page).first().innerText()).toBe(top);
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByText("One new job").waitFor({ state: "detached" });
  await page.getByRole("searchbox", { name: "Search robot or outcome" }).fill("rareword");
  await page.getByText("Nothing found among the newest jobs.").waitFor();
  await page.getByRole("button", { name: "Look further back" }).click();
  await page.getByRole("button", { name: "Clear filters" }).first().waitFor();
});

test("H3 several jobs are stopped at once, and each one's result is told", async () => {
  const jobs = await waiting(7);
  const { page, wrong, context } = await open(server, "/jobs");
  await until("all jobs", async () => (await rows(page).count()) === 7);
  await page.getByRole("checkbox", { name: "Choose all on this page" }).check();
  await page.getByText("7 jobs chosen").waitFor();
  await page.getByRole("button", { name: "Stop 7 jobs" }).click();
  const dialog = page.getByRole("dialog", { name: "Stop these 7 jobs?" });
  await expect.poll(() => dialog.getByRole("listitem").count()).toBe(5);
  await dialog.getByText("and 2 more").waitFor();
  expect(await violations(page)).toEqual([]);
  // One ends before it can be stopped, one is refused.
  const [ended, refused] = jobs;
  await context.route(`**/jobs/${ended?.id}/cancel`, (route) =>
    route.fulfill({ status: 409, json: { code: "conflict", message: "it has ended", reference: "r" } }),
  );
  await context.route(`**/jobs/${refused?.id}/cancel`, (route) =>
    route.fulfill({ status: 403, json: { code: "forbidden", message: "not yours", reference: "r" } }),
  );
  await dialog.getByRole("button", { name: "Stop 7 jobs" }).click();
  await page.getByText("5 stopped, one had already ended. Waits, job 2 was not stopped: Not yours.").waitFor();
  await until("they are stopped", async () => {
    const { items } = await server.ask<List<Job>>("GET", "/jobs?status=cancelled");
    return items.length === 5;
  });
  expect(wrong.filter((text) => !/409|403/.test(text))).toEqual([]);
});

test("H4 the CSV is the filter, opens as UTF-8, and no cell of it is a formula", async () => {
  await failed("=cmd|' /C calc'!A0", '+1 "quoted", Ä\nsecond line');
  await waiting(3, "Überweisung");
  const { page } = await open(server, "/jobs?status=failed");
  await until("the filter", async () => (await rows(page).count()) === 1);
  const exported = () => exportedBy(page, /^Arkwright jobs \d{4}-\d\d-\d\d\.csv$/);
  const one = await exported();
  expect([...one.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  const [heads, ...cells] = readCsv(one);
  expect(heads?.[0]).toBe("Status");
  expect(cells).toHaveLength(1);
  expect(cells[0]?.[1]).toBe("'=cmd|' /C calc'!A0");
  expect(cells[0]?.[10]).toBe('\'+1 "quoted", Ä\nsecond line');
  expect(cells[0]?.[4]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  for (const cell of readCsv(one).flat()) expect(cell).not.toMatch(/^[=+\-@]/);

  await page.getByRole("button", { name: "Clear filters" }).click();
  await until("no filter", async () => (await rows(page).count()) === 4);
  expect(readCsv(await exported())).toHaveLength(5);
  await rows(page).filter({ hasText: "Überweisung" }).first().getByRole("checkbox").check();
  const chosen = readCsv(await exported());
  expect(chosen).toHaveLength(2);
  expect(chosen[1]?.[1]).toBe("Überweisung");
});

test("H5 rows are walked, chosen, extended and opened by keyboard", async () => {
  await waiting(4);
  const { page } = await open(server, "/jobs");
  await until("all jobs", async () => (await rows(page).count()) === 4);
  await rows(page).first().focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await page.getByText("One job chosen").waitFor();
  await page.keyboard.press("Shift+ArrowDown");
  await page.getByText("2 jobs chosen").waitFor();
  await page.keyboard.press("Shift+ArrowDown");
  await page.getByText("3 jobs chosen").waitFor();
  await expect.poll(() => rows(page).first().getAttribute("aria-selected")).toBe("false");
  await page.keyboard.press("Space");
  await page.getByText("2 jobs chosen").waitFor();
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Job 4" }).waitFor();
  await page.goBack();
  await rows(page).first().waitFor();
  for (const scheme of ["light", "dark"] as const)
    for (const width of [1280, 360]) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 800 });
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }
});
