// What the palette offers beyond robots and the latest jobs, Help, and the bottom bar of a phone.

import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { Arkwright, closeBrowser, hello, open, violations, type Watched } from "./harness";

let server: Arkwright;
const palette = (page: Watched["page"]) => page.getByRole("dialog", { name: "Search everything" });
async function opened(page: Watched["page"]): Promise<void> {
  await page.keyboard.press("Control+k");
  await palette(page).getByRole("option").first().waitFor();
}
const texts = (page: Watched["page"]) => page.getByRole("option").locator(".text").allInnerTexts();

beforeEach(async () => {
  server = await Arkwright.start();
});
afterEach(async () => {
  await server.end();
});
afterAll(closeBrowser);

test("the palette finds a job of long ago by its number, with and without its robot", async () => {
  const [pay, report] = await Promise.all(["Pay invoices", "Morning report"].map((name) => server.robot(name, hello)));
  for (const robot of [report, pay]) {
    for (let job = 0; job < 55; job += 1) {
      const { id } = await server.play(robot?.id ?? "");
      await server.ask("POST", `/jobs/${id}/cancel`, { mode: "stop" });
    }
  }
  const { page, wrong } = await open(server, "/computers");
  await page.getByRole("heading", { name: "Computers" }).waitFor();
  await opened(page);
  await page.keyboard.type("job 3");
  await expect
    .poll(() => texts(page))
    .toEqual(expect.arrayContaining(["Job 3 of Pay invoices", "Job 3 of Morning report"]));
  await page.getByRole("combobox").fill("morning 2");
  await expect.poll(async () => (await texts(page))[0]).toBe("Job 2 of Morning report");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Job 2" }).waitFor();
  await page.getByRole("link", { name: "Morning report" }).waitFor();
  expect(wrong).toEqual([]);
});

test("the palette leads to the administration, changes the language, and says what the words mean", async () => {
  const { page, wrong } = await open(server, "/robots");
  await page.getByRole("heading", { name: "Robots" }).waitFor();
  for (const [typed, offer, heading] of [
    ["users", "Go to Users", "Users"],
    ["audit", "Go to Audit", "Audit"],
  ] as const) {
    await opened(page);
    await page.keyboard.type(typed);
    await expect.poll(async () => (await texts(page))[0]).toBe(offer);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: heading, exact: true }).waitFor();
  }
  await opened(page);
  await page.keyboard.type("help");
  await page.keyboard.press("Enter");
  const help = page.getByRole("dialog", { name: "Help" });
  await help.getByText("A file that a job left behind.").waitFor();
  expect(await violations(page)).toEqual([]);
  await help.getByRole("button", { name: "Keys" }).click();
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });

  await opened(page);
  await page.keyboard.type("deutsch");
  await expect.poll(async () => (await texts(page))[0]).toBe("Language: Deutsch");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Änderungsprotokoll" }).waitFor();
  await expect
    .poll(async () => (await server.ask<{ settings?: { language?: string } }>("GET", "/me")).settings?.language)
    .toBe("de");
  expect(wrong).toEqual([]);

  // Who is no admin is offered no administration.
  const { token } = await server.ask<{ token: string }>("POST", "/invites", { role: "user" });
  const ben = { name: "Ben", email: "ben@example.org", password: "a long enough password" };
  await server.ask("POST", "/invites/accept", { invite: token, ...ben });
  await server.signIn(ben);
  const other = await open(server, "/robots");
  await other.page.getByRole("heading", { name: "Robots" }).waitFor();
  await opened(other.page);
  await other.page.keyboard.type("go to");
  await expect.poll(() => texts(other.page)).toContain("Go to Account");
  expect((await texts(other.page)).filter((text) => /Users|Audit/.test(text))).toEqual([]);
});

test("on a phone More holds what the menu of the account holds elsewhere", async () => {
  const { page, wrong } = await open(server, "/robots", { viewport: { width: 360, height: 740 } });
  await page.getByRole("heading", { name: "Robots" }).waitFor();
  expect(await page.getByRole("button", { name: "Account of Anna" }).count()).toBe(0);
  const more = page.getByRole("button", { name: "More", exact: true });
  expect((await more.boundingBox())?.height).toBeGreaterThanOrEqual(44);
  await more.click();
  await expect
    .poll(() => page.getByRole("menuitem").allInnerTexts())
    .toEqual(["Account", "Users", "Audit", "Help", "Keys", "Sign out"].map((text) => expect.stringContaining(text)));
  expect(await violations(page)).toEqual([]);
  await page.getByRole("menuitem", { name: "Help" }).click();
  await page.getByRole("dialog", { name: "Help" }).waitFor();
  await page.keyboard.press("Escape");
  await more.click();
  await page.getByRole("menuitem", { name: "Audit" }).click();
  await page.getByRole("heading", { name: "Audit" }).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(wrong).toEqual([]);
});

test("a robot's page shows how long its last jobs took, as bars and as text", async () => {
  const robot = await server.robot("Pay invoices", hello);
  const agent = await server.scripted("FINANCE-2");
  for (const [index, ranMs] of [2_000, 60_000, 4_000, 3_000].entries()) {
    await server.play(robot.id);
    const running = await agent.take();
    await running.finish(
      index === 1 ? { kind: "failed", failure: "robot", message: "x", ranMs } : { kind: "success", ranMs },
    );
  }
  const { page, wrong } = await open(server, `/robots/${robot.id}`);
  const bars = page.locator("figure").getByRole("link");
  await expect.poll(() => bars.count()).toBe(4);
  await page.getByText("Usually 3.0 s, 1 min 00 s at most.").waitFor();
  expect((await bars.allInnerTexts()).map((text) => text.split(", ").slice(0, 3).join(", "))).toEqual([
    "Job 1, Success, 2.0 s",
    "Job 2, Failed, 1 min 00 s",
    "Job 3, Success, 4.0 s",
    "Job 4, Success, 3.0 s",
  ]);
  const heights = await bars.locator(".bar").evaluateAll((all) => all.map((bar) => bar.getBoundingClientRect().height));
  expect(heights[1]).toBe(Math.max(...heights));
  expect(await violations(page)).toEqual([]);
  await bars.nth(1).click();
  await page.getByRole("heading", { name: "Job 2" }).waitFor();
  expect(wrong).toEqual([]);
});
