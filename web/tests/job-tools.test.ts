// What a person does with a job beyond watching it: looking through its log, comparing, its files (Proofs J).

import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import {
  Arkwright,
  closeBrowser,
  ended,
  hello,
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
const lines = (page: Page) => page.getByRole("region", { name: "Log" }).getByRole("listitem");
/** One dot, as a picture. */
const dot = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);

beforeEach(async () => {
  server = await Arkwright.start();
  agent = await server.scripted("FINANCE-2", { slots: 4 });
});
afterEach(async () => {
  await server.end();
});
afterAll(closeBrowser);

async function executing(robotId?: string): Promise<Running> {
  const id = robotId ?? (await server.robot(`Robot ${Math.random()}`, hello)).id;
  await server.play(id);
  return agent.take();
}

test("J2 find looks through the whole log on the server, from the level that is shown", async () => {
  const running = await executing();
  await running.send(
    ...Array.from({ length: 5_000 }, (_, index) =>
      log(index % 1_000 === 10 ? `Needle ${index}` : `hay ${index}`, { level: index === 3_010 ? "debug" : "info" }),
    ),
  );
  const { page, wrong } = await open(server, `/jobs/${running.id.jobId}`);
  await lines(page)
    .filter({ hasText: /hay 4999$/ })
    .waitFor();
  await page.getByRole("region", { name: "Log" }).getByRole("list").focus();
  await page.keyboard.press("Control+f");
  const field = page.getByRole("searchbox", { name: "Find in the log" });
  await field.fill("needle");
  await page.keyboard.press("Enter");
  await page.getByText("1 of 4", { exact: true }).waitFor();
  await lines(page).filter({ hasText: "Needle 10" }).waitFor();
  await page.keyboard.press("Enter");
  await lines(page).filter({ hasText: "Needle 1010" }).waitFor();
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.press("Shift+Enter");
  await page.getByText("4 of 4", { exact: true }).waitFor();
  await lines(page).filter({ hasText: "Needle 4010" }).waitFor();
  expect(page.url()).toContain("line=4011");
  await page.getByRole("button", { name: "Debug" }).click();
  await field.press("Enter");
  await page.getByText("1 of 5", { exact: true }).waitFor();
  await field.fill("<img src=x>");
  await page.keyboard.press("Enter");
  await page.getByText("No line holds it.").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await field.waitFor({ state: "detached" });
  expect(wrong).toEqual([]);
});

test("J2 colours of a terminal are classes, addresses are links, and all of it is text", async () => {
  const running = await executing();
  await running.send(log("\u001b[31mred\u001b[0m see https://example.org/a?b=1. <b>not bold</b>"));
  const { page } = await open(server, `/jobs/${running.id.jobId}`);
  const line = lines(page).filter({ hasText: "not bold" });
  await line.locator(".bad", { hasText: "red" }).waitFor();
  const link = line.getByRole("link", { name: "https://example.org/a?b=1" });
  expect(await link.getAttribute("rel")).toContain("noopener");
  expect(await line.locator("b").count()).toBe(0);
});

test("the whole log is handed out as text and as events, with its gaps", async () => {
  const running = await executing();
  await running.send(log("before"), { kind: "gap", count: 12, reason: "disk_full" }, log("after"));
  const { page } = await open(server, `/jobs/${running.id.jobId}`);
  await lines(page).filter({ hasText: "after" }).waitFor();
  const fetched = async (name: string) => {
    await page.getByRole("button", { name: "More actions" }).click();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name }).click()]);
    const parts: Buffer[] = [];
    for await (const part of await download.createReadStream()) parts.push(part as Buffer);
    return { name: download.suggestedFilename(), text: Buffer.concat(parts).toString() };
  };
  const text = await fetched("Download the log as text");
  expect(text.text.split("\n").map((line) => line.split("  ").at(-1)?.trim())).toEqual([
    "before",
    "12 events are missing here: disk_full",
    "after",
    "",
  ]);
  const events = await fetched("Download all events as JSON lines");
  expect(events.name).toMatch(/\.jsonl$/);
  const kinds = events.text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).kind);
  expect(kinds).toEqual(["log", "gap", "log"]);
});

test("Compare shows each step beside the last success: longer, new, vanished", async () => {
  const robot = await server.robot("Compared", hello);
  const first = await executing(robot.id);
  await first.send(
    step(1, "Suite", { type: "suite" }),
    step(2, "Task", { type: "task", parent: 1 }),
    step(3, "Open", { parent: 2 }),
    ended(3, "pass", { elapsedMs: 1_000 }),
    step(4, "Send", { parent: 2 }),
    ended(4, "pass", { elapsedMs: 500 }),
    ended(2),
    ended(1),
  );
  await first.finish({ kind: "success", ranMs: 1_500 });
  const second = await executing(robot.id);
  await second.send(
    step(1, "Suite", { type: "suite" }),
    step(2, "Task", { type: "task", parent: 1 }),
    step(3, "Open", { parent: 2 }),
    ended(3, "pass", { elapsedMs: 5_100 }),
    step(4, "Read", { parent: 2 }),
    ended(4, "pass", { elapsedMs: 300 }),
    ended(2),
    ended(1),
  );
  await second.finish({ kind: "success", ranMs: 5_400 });
  const { page } = await open(server, `/jobs/${second.id.jobId}`);
  await page.getByRole("treeitem", { name: "Step Open: passed" }).waitFor();
  await page.getByRole("button", { name: "Compare" }).click();
  await page.getByText("▲ +4.1 s").waitFor();
  await page.getByRole("treeitem", { name: /Read/ }).getByText("new", { exact: true }).waitFor();
  await page.getByRole("treeitem", { name: "Send not in this job" }).waitFor();
  await expect.poll(() => page.getByRole("combobox", { name: "Compared with" }).innerText()).toContain("Job 1");
  expect(await violations(page)).toEqual([]);

  const alone = await open(server, `/jobs/${first.id.jobId}`);
  await alone.page.getByRole("button", { name: "Compare" }).click();
  await alone.page.getByText("This robot has no earlier success to compare with.").waitFor();
});

test("a step that takes five times as long as usual says so while it executes", { timeout: 60_000 }, async () => {
  const robot = await server.robot("Usual", hello);
  for (let n = 0; n < 5; n += 1) {
    const running = await executing(robot.id);
    await running.send(step(1, "Open SAP"), ended(1, "pass", { elapsedMs: 400 }));
    await running.finish({ kind: "success", ranMs: 400 });
  }
  const running = await executing(robot.id);
  const { page } = await open(server, `/jobs/${running.id.jobId}`);
  await running.send(step(1, "Open SAP"));
  await page.getByText("(usually 400 ms)").waitFor();
  await page.getByText(/“Open SAP” usually takes 400 ms; it has been \d+ s\./).waitFor({ timeout: 10_000 });
  await running.send(ended(1));
  await page.getByText(/usually takes/).waitFor({ state: "detached" });
});

test("screenshots are a tab of their own; the last one stands in the card of the failure", async () => {
  const running = await executing();
  await running.send(step(1, "Click", { line: 14 }), log("not found", { level: "error", step: 1 }));
  await running.upload("first.png", "image/png", dot);
  await running.upload("second <b>.png", "image/png", dot);
  await running.upload("report.txt", "text/plain", Buffer.from("x"));
  await running.send(ended(1, "fail", { message: "not found" }));
  await running.finish({ kind: "failed", failure: "robot", message: "not found", step: "Click", ranMs: 5 });
  const { page, wrong } = await open(server, `/jobs/${running.id.jobId}`);
  await page
    .getByRole("region", { name: "What failed" })
    .getByRole("img", { name: "What the screen showed" })
    .waitFor();
  await page.getByRole("tab", { name: "Screenshots 2" }).click();
  await page.getByRole("button", { name: "Show first.png" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("img", { name: "first.png" }).waitFor();
  await page.keyboard.press("ArrowRight");
  await dialog.getByRole("img", { name: "second <b>.png" }).waitFor();
  await dialog.getByText("2 of 2").waitFor();
  expect(await violations(page)).toEqual([]);
  expect(wrong).toEqual([]);
});

test("times in the log count from the start or from the line before, if one likes", async () => {
  const running = await executing();
  const begun = Date.parse("2026-11-24T10:00:00.000Z");
  const at = (ms: number) => ({ at: new Date(begun + ms).toISOString() });
  await running.send(log("one", at(0)), log("two", at(1_250)), log("three", at(61_253)));
  const { page } = await open(server, `/jobs/${running.id.jobId}`);
  await lines(page).filter({ hasText: "three" }).waitFor();
  const times = () => page.getByRole("region", { name: "Log" }).locator(".time").allInnerTexts();
  await page.getByRole("combobox", { name: "Times in the log" }).selectOption("Since the start");
  await expect.poll(times).toEqual(["+0.000", "+1.250", "+1:01.253"]);
  await page.getByRole("combobox", { name: "Times in the log" }).selectOption("Since the line before");
  await expect.poll(times).toEqual(["+0.000", "+1.250", "+1:00.003"]);
});
