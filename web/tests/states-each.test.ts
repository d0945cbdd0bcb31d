// Each state that a page can be in (Proof G2), made by a real condition, or by a line that delays or changes what the
// server says. With ARKWRIGHT_PICTURES set to a folder, each leaves a picture there.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { Arkwright, closeBrowser, hello, open, violations, type Watched } from "./harness";

let server: Arkwright;

/** The state as it stands: no violation of accessibility, and a picture if somebody wants one. */
async function seen(page: Watched["page"], name: string): Promise<void> {
  expect(await violations(page)).toEqual([]);
  const folder = process.env.ARKWRIGHT_PICTURES;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`) });
  }
}

beforeEach(async () => {
  server = await Arkwright.start({ limits: { renew_ms: 500, silent_ms: 2_000, lost_ms: 60_000 } });
});
afterEach(async () => {
  await server.end();
});
afterAll(closeBrowser);

test("G2 loading: an outline, after 8 s a sentence and another try, then the robots", async () => {
  await server.robot("Payroll", hello);
  const { page, context } = await open(server, "/account");
  const held: (() => void)[] = [];
  let holding = true;
  await context.route("**/robots?view=rows", async (route) => {
    if (holding) await new Promise<void>((resolve) => held.push(resolve));
    await route.continue().catch(() => {});
  });
  await page.getByRole("link", { name: "Robots" }).first().click();
  await page.locator("[aria-busy=true] .bar").first().waitFor();
  expect(await page.getByText("Still loading robots.").count()).toBe(0);
  await page.getByText("Still loading robots.").waitFor({ timeout: 12_000 });
  await seen(page, "loading");
  holding = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("link", { name: "Payroll" }).waitFor();
  for (const release of held) release();
});

test("G2 empty: nothing yet, and nothing that matches, each with its way on", async () => {
  const { page } = await open(server, "/robots");
  await page.getByText(/^No robots yet/).waitFor();
  await page.getByRole("button", { name: "Try the sample" }).waitFor();
  await seen(page, "empty");
  await server.robot("Payroll", hello);
  await page.getByRole("searchbox").fill("invoic");
  await page.getByText("No robot matches “invoic”.").waitFor();
  await seen(page, "no-match");
  await page.getByRole("button", { name: "Clear search" }).click();
  await page.getByRole("link", { name: "Payroll" }).waitFor();
});

test("G2 error: in the place of the part, with the way on and what support needs", async () => {
  await server.robot("Payroll", hello);
  const { page, context } = await open(server, "/account");
  await context.route("**/robots?view=rows", (route) =>
    route.fulfill({ status: 500, json: { code: "internal", message: "the store is away", reference: "r-1" } }),
  );
  await page.getByRole("link", { name: "Robots" }).first().click();
  await page.getByText(/The list of robots could not be loaded:/).waitFor();
  await page.getByText("Details").click();
  await page.getByText("r-1").waitFor();
  await page.getByRole("link", { name: "New robot" }).waitFor();
  await seen(page, "error");
  await context.unroute("**/robots?view=rows");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("link", { name: "Payroll" }).waitFor();
});

test("G2 refused: a button that does nothing now can be reached and says why", async () => {
  const robot = await server.robot("Payroll", hello);
  const { page } = await open(server, `/robots/${robot.id}/edit`);
  const save = page.getByRole("button", { name: "Save version" });
  await save.focus();
  await expect.poll(() => save.getAttribute("aria-disabled")).toBe("true");
  expect(await save.evaluate((button) => button === document.activeElement)).toBe(true);
  await expect.poll(() => save.getAttribute("title")).toBe("Nothing has changed.");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Tab");
  const shown = await save.evaluate((button) => getComputedStyle(button, "::after").content);
  expect(shown).toContain("Nothing has changed.");
  await seen(page, "refused");
});

test("G2 nothing here: an unknown address and a thing that is gone look the same", async () => {
  const { page } = await open(server, "/no/such/page");
  await page.getByText("There is nothing here, or it is not yours.").waitFor();
  await seen(page, "nothing-here");
  await page.goto(`${server.url}/robots/0123456789abcdef01234567`);
  await page.getByText("There is nothing here, or it is not yours.").waitFor();
});

test("G2 offline: the browser's word is taken, and what needs the server says so", async () => {
  const robot = await server.robot("Payroll", hello);
  const { page, context } = await open(server, `/robots/${robot.id}?play`);
  await page.getByRole("dialog").getByLabel("Name").waitFor();
  await context.setOffline(true);
  await page.getByText(/^This computer is offline since/).waitFor();
  const start = page.getByRole("dialog").getByRole("button", { name: /^Start/ });
  await expect.poll(() => start.getAttribute("aria-disabled")).toBe("true");
  await expect.poll(() => start.getAttribute("title")).toBe("This computer is offline.");
  await seen(page, "offline");
  await context.setOffline(false);
  await page.getByText(/^This computer is offline since/).waitFor({ state: "detached", timeout: 20_000 });
});

test("G2 newer page: said, never loaded by itself, and taken at the next move", async () => {
  await server.robot("Payroll", hello);
  let build: string | undefined;
  const { page, context } = await open(server, "/account");
  await context.routeWebSocket(/\/socket\.io\//, (socket) => {
    const far = socket.connectToServer();
    far.onMessage((message) =>
      socket.send(
        build && typeof message === "string" ? message.replace(/"build":"[^"]*"/, `"build":"${build}"`) : message,
      ),
    );
  });
  await page.reload();
  await page.getByRole("heading", { name: "Account" }).waitFor();
  await page.waitForLoadState("networkidle");
  await page.evaluate(() => Object.assign(window, { same: true }));
  const same = () => page.evaluate(() => "same" in window);
  build = "another";
  await page.getByRole("link", { name: "Robots" }).first().click();
  await page.getByText("Arkwright was updated.").waitFor();
  await page.getByRole("button", { name: "Reload" }).waitFor();
  expect(await same()).toBe(true);
  await seen(page, "newer-page");
  await page.getByRole("link", { name: "Jobs" }).first().click();
  await page.getByRole("heading", { name: "Jobs" }).waitFor();
  await expect.poll(same).toBe(false);
});

test("G2 too old: a page that the server does not talk to says so and offers to reload", async () => {
  const { page, context } = await open(server, "/account");
  await context.routeWebSocket(/\/socket\.io\//, (socket) => {
    const far = socket.connectToServer();
    far.onMessage((message) =>
      socket.send(
        typeof message === "string" && message.startsWith("40/web,")
          ? '44/web,{"message":"unsupported_version: this page is too old"}'
          : message,
      ),
    );
  });
  await page.reload();
  await page.getByText("This page is too old for the server.").waitFor();
  await seen(page, "too-old");
});

test("U4 at 400 % zoom, 320 px wide, nothing scrolls sideways and every part can be used", async () => {
  const robot = await server.robot("Pay the invoices of all suppliers", hello);
  const { page, wrong } = await open(server, "/robots", { viewport: { width: 320, height: 256 } });
  for (const path of [
    "",
    `/${robot.id}`,
    `/${robot.id}/versions`,
    `/${robot.id}/settings`,
    `/${robot.id}/edit`,
    "/new",
  ]) {
    await page.goto(`${server.url}/robots${path}`);
    await page.locator("h1").waitFor();
    await page.waitForLoadState("networkidle");
    expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(320);
    expect(await violations(page), path).toEqual([]);
  }
  await page.goto(`${server.url}/robots/${robot.id}?play`);
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Ben");
  await dialog.getByRole("button", { name: /^Start/ }).click();
  await page.getByRole("heading", { name: "Job 1" }).waitFor();
  await page.getByRole("button", { name: "Search everything" }).click();
  await page.getByRole("combobox").fill("invoices");
  await page.getByRole("option", { name: "Pay the invoices of all suppliers", exact: true, selected: true }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Pay the invoices of all suppliers" }).waitFor();
  expect(wrong).toEqual([]);
});

test("G2 silent computer: the robot's row says since when", async () => {
  const robot = await server.robot("Payroll", hello);
  const agent = await server.scripted("FINANCE-2");
  const { page } = await open(server, "/robots");
  await server.play(robot.id);
  await agent.take();
  await page.getByText(/^FINANCE-2 silent for \d+ s$/).waitFor({ timeout: 20_000 });
  await seen(page, "silent-computer");
});
