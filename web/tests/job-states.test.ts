// Every state of the page of a job, in both themes, wide and narrow, with content that means no good (Proofs G1, J11).

import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import {
  Arkwright,
  closeBrowser,
  ended,
  log,
  open,
  type Running,
  type ScriptedAgent,
  step,
  violations,
  type Watched,
} from "./harness";

let server: Arkwright;
let agent: ScriptedAgent;
type Page = Watched["page"];

const hostile = "<img src=x onerror=hurt()> \u202etxt.exe \u001b[31m👩‍👩‍👧 ÄÖ";
let made = 0;
const source = [
  "*** Variables ***",
  "# Supplier",
  `\${SUPPLIER: str}    ACME`,
  "*** Tasks ***",
  "Pay",
  `    Log    \${SUPPLIER}`,
  "",
].join("\n");

beforeEach(async () => {
  server = await Arkwright.start();
  agent = await server.scripted("FINANCE-2", { slots: 4 });
});
afterEach(async () => {
  await server.end();
});
afterAll(closeBrowser);

async function executing(): Promise<Running> {
  const robot = await server.robot(`Pay ${made++} <b>invoices</b> ${"x".repeat(60)}`, source);
  await server.play(robot.id, [{ name: "SUPPLIER", value: `${hostile} ${"y".repeat(2_000)}` }]);
  return agent.take();
}

/** In light and dark, wide and narrow: nothing that axe finds, and nothing beside the page. */
async function good(page: Page, name: string) {
  for (const colorScheme of ["light", "dark"] as const)
    for (const width of [1280, 360]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      const where = `${name}, ${colorScheme}, ${width}`;
      expect(await violations(page), where).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), where).toBeLessThanOrEqual(width);
    }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 900 });
}

const hostileLog = [
  step(1, "Suite", { type: "suite" }),
  step(2, hostile, { type: "task", parent: 1 }),
  step(3, hostile, { parent: 2, args: [hostile, "z".repeat(5_000)] }),
  log(hostile, { step: 3 }),
  log("w".repeat(60_000), { step: 3, textBytes: 100_000 }),
  log("several\nlines\n\n", { step: 3, level: "warn" }),
  { kind: "output", stream: "stderr", text: hostile },
  { kind: "note", code: "x", text: hostile },
  { kind: "gap", count: 3, reason: hostile },
];

test("G1 a job that waits and one that executes, full of hostile content", { timeout: 90_000 }, async () => {
  const robot = await server.robot("Waits", source);
  const waits = await server.play(robot.id, [], { agentLabel: "nowhere" });
  const waiting = await open(server, `/jobs/${waits.id}`);
  await waiting.page.getByText("No computer has the label nowhere.").waitFor();
  await good(waiting.page, "waiting");

  const running = await executing();
  await running.send(...hostileLog);
  const { page, wrong } = await open(server, `/jobs/${running.id.jobId}?line=4`);
  await page.getByRole("region", { name: "Line 4" }).waitFor();
  await good(page, "executing");
  await page.getByRole("region", { name: "Log" }).getByRole("list").focus();
  await page.keyboard.press("ArrowDown");
  await page.getByRole("region", { name: "Line 5" }).waitFor();
  await page.getByText("The robot wrote 100 kB; this is the beginning.").waitFor();
  await good(page, "a long line");
  expect(await page.evaluate(() => "hurt" in window)).toBe(false);
  expect(wrong).toEqual([]);
});

test("G1 a job that failed and one that was stopped", { timeout: 90_000 }, async () => {
  const running = await executing();
  await running.send(
    ...hostileLog,
    ended(3, "fail", { message: `${hostile} ${"m".repeat(3_000)}` }),
    step(4, "Send mail", { parent: 2 }),
    ended(4, "not_run"),
    ended(2, "fail"),
    ended(1, "fail"),
  );
  await running.upload(`${"n".repeat(200)} <b>.txt`, "text/plain", Buffer.from("x"));
  await running.finish({ kind: "failed", failure: "robot", message: hostile, step: hostile, ranMs: 5 });
  const { page, wrong } = await open(server, `/jobs/${running.id.jobId}`);
  await page.getByRole("region", { name: "What failed" }).waitFor();
  for (const tab of [/^Parameters/, /^Artifacts/, /^Details/]) {
    await page.getByRole("tab", { name: tab }).click();
    await good(page, `failed, ${tab}`);
  }
  await page.getByRole("treeitem", { name: "Step Send mail: not reached" }).waitFor();
  // A mark that turns the direction of a text is shown, wherever the text stands.
  expect(await page.locator("main").innerText()).not.toContain("\u202e");

  const other = await executing();
  const stopped = await open(server, `/jobs/${other.id.jobId}`);
  await stopped.page.getByRole("button", { name: "Stop", exact: true }).click();
  await stopped.page.getByText(/^Stopping: FINANCE-2 was asked/).waitFor();
  await good(stopped.page, "stopping");
  await stopped.page.getByRole("button", { name: "Kill now" }).click();
  await stopped.page.getByRole("dialog").waitFor();
  await good(stopped.page, "kill");
  await stopped.page.keyboard.press("Escape");
  await other.finish({ kind: "cancelled", how: "stop", ranMs: 5 });
  await stopped.page.getByText("Stopped by Anna.").waitFor();
  await good(stopped.page, "cancelled");
  expect(wrong).toEqual([]);
});

test("loops of more than twenty rounds show the first, the last, the failed ones and a way to the rest", async () => {
  const running = await executing();
  const events = [step(1, "For each", { type: "for" })];
  for (let round = 1; round <= 40; round += 1) {
    events.push(step(round + 1, `Round ${round}`, { type: "iteration", parent: 1 }));
    events.push(ended(round + 1, round === 12 ? "fail" : "pass"));
  }
  await running.send(...events);
  const { page } = await open(server, `/jobs/${running.id.jobId}`);
  const loop = page.getByRole("treeitem", { name: /^Step For each/ });
  await loop.getByText("×40").waitFor();
  const rounds = page.getByRole("treeitem", { name: /^Step Round/ });
  if ((await rounds.count()) === 0) {
    await loop.click();
    await page.keyboard.press("ArrowRight");
  }
  await rounds.first().waitFor();
  const names = (await rounds.allInnerTexts()).map((text) => /Step (Round \d+)/.exec(text)?.[1]);
  expect(names).toEqual(["Round 1", "Round 12", "Round 36", "Round 37", "Round 38", "Round 39", "Round 40"]);
  await page.getByText("… 33 more").click();
  await page.getByRole("treeitem", { name: "Step Round 2: passed" }).waitFor();
});
