// What holds on every page (Proofs G).

import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { Arkwright, closeBrowser, ended, everyType, hello, log, open, step, until, violations } from "./harness";

let server: Arkwright;

beforeEach(async () => {
  server = await Arkwright.start();
});
afterEach(async () => {
  await server.end();
});
afterAll(closeBrowser);

/** One of everything: a robot with all types, an executing, a failed and a waiting job. */
async function furnished() {
  const agent = await server.scripted("FINANCE-2", { slots: 4 });
  const robot = await server.robot("Pay invoices", everyType);
  const other = await server.robot("Hello", hello);
  await server.play(other.id);
  const failed = await agent.take();
  await failed.send(
    step(1, "Task", { type: "task" }),
    step(2, "Click", { parent: 1, line: 4 }),
    log("Button not found", { level: "error", step: 2 }),
    ended(2, "fail", { message: "Button not found" }),
    ended(1, "fail"),
  );
  await failed.finish({ kind: "failed", failure: "robot", message: "Button not found", step: "Click", ranMs: 3 });
  await server.play(other.id);
  const executing = await agent.take();
  await executing.send(step(1, "Open SAP"), log("Opening https://sap.example.org"), log("Slow", { level: "warn" }), {
    kind: "gap",
    count: 3,
    reason: "disk_full",
  });
  const waiting = await server.play(other.id, [], { agentLabel: "nowhere" });
  const computer = (await server.agents())[0]?.id;
  return { robot: robot.id, computer, executing: executing.id.jobId, failed: failed.id.jobId, waiting: waiting.id };
}

test("G1 axe finds nothing in light and dark, at 1280 and 360 px; G7 no page writes an error", {
  timeout: 240_000,
}, async () => {
  const ids = await furnished();
  const paths = [
    "/robots",
    `/robots/${ids.robot}`,
    `/robots/${ids.robot}?play`,
    `/robots/${ids.robot}/versions`,
    `/robots/${ids.robot}/settings`,
    `/robots/${ids.robot}/edit`,
    "/robots/new",
    `/jobs/${ids.executing}`,
    `/jobs/${ids.failed}`,
    `/jobs/${ids.waiting}`,
    "/jobs",
    "/computers",
    "/computers?pair",
    `/computers/${ids.computer}`,
    "/account",
    "/admin/users",
    "/admin/audit",
    "/nothing-here",
  ];
  const found: string[] = [];
  for (const [scheme, width] of [
    ["light", 1280],
    ["dark", 360],
    ["dark", 1280],
    ["light", 360],
  ] as const) {
    const { page, context, wrong } = await open(server, "/robots", {
      colorScheme: scheme,
      viewport: { width, height: 800 },
      reducedMotion: "reduce",
    });
    for (const path of paths) {
      await page.goto(server.url + path);
      await page.locator("h1").first().waitFor();
      await page.waitForLoadState("networkidle").catch(() => {});
      if (path.includes("?p")) await page.getByRole("dialog").locator("input, code").first().waitFor();
      found.push(...(await violations(page)).map((violation) => `${path} ${scheme} ${width}: ${violation}`));
      if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth))
        found.push(`${path} ${width}: scrolls sideways`);
    }
    found.push(...wrong.map((text) => `${scheme} ${width}: ${text}`));
    await context.close();
  }
  for (const path of ["/sign-in", "/welcome", "/invite"]) {
    const { page } = await open(server, path, { signedIn: false });
    await page.locator("h1").waitFor();
    found.push(...(await violations(page)).map((violation) => `${path}: ${violation}`));
  }
  expect(found).toEqual([]);
});

test("G3 a closed connection shows its bar at 3 s and at 30 s, and nothing is doubled or missing after", {
  timeout: 120_000,
}, async () => {
  const agent = await server.scripted("FINANCE-2");
  const robot = await server.robot("Hello", hello);
  await server.play(robot.id);
  const running = await agent.take();
  const line = await server.line();
  const { page } = await open(server, `/jobs/${running.id.jobId}`, { through: line });
  await running.send(log("one"));
  const texts = () => page.getByRole("region", { name: "Log" }).locator(".text").allInnerTexts();
  await expect.poll(texts).toEqual(["one"]);
  const cutAt = Date.now();
  line.cut();
  await page.getByText(/^Reconnecting\. What you see is from/).waitFor({ timeout: 8_000 });
  expect(Date.now() - cutAt).toBeGreaterThanOrEqual(2_500);
  await running.send(log("two"), log("three"));
  await page.getByText(/^No connection to the server since/).waitFor({ timeout: 40_000 });
  expect(Date.now() - cutAt).toBeGreaterThanOrEqual(29_000);
  await page
    .getByText(/as of \d\d:\d\d:\d\d/)
    .first()
    .waitFor();
  line.mend();
  await page.getByRole("button", { name: "Try now" }).click();
  await page.getByText("Up to date again.").waitFor();
  await expect.poll(texts).toEqual(["one", "two", "three"]);
  await page.getByText("Up to date again.").waitFor({ state: "detached", timeout: 8_000 });
});

test("G3 a connection that dies without closing is noticed", { timeout: 120_000 }, async () => {
  const line = await server.line();
  const { page } = await open(server, "/robots", { through: line });
  await page.getByRole("heading", { name: "Robots" }).waitFor();
  await server.robot("Before", hello);
  await page.getByRole("link", { name: "Before" }).waitFor();
  line.freeze();
  await page.getByText(/^(Reconnecting|No connection)/).waitFor({ timeout: 45_000 });
  line.cut();
  line.mend();
  await server.robot("Payroll", hello);
  await page.getByRole("link", { name: "Payroll" }).waitFor({ timeout: 30_000 });
  expect(await page.getByRole("link", { name: "Payroll" }).count()).toBe(1);
});

test("G4 reload shows the same thing", async () => {
  const ids = await furnished();
  for (const path of [
    "/robots?q=pay",
    `/jobs/${ids.failed}?step=2&level=error`,
    "/jobs?status=failed",
    `/robots/${ids.robot}/settings`,
  ]) {
    const { page } = await open(server, path);
    await page.locator("h1").waitFor();
    await page.waitForLoadState("networkidle").catch(() => {});
    const seen = () =>
      page
        .locator("main")
        .innerText()
        .then((text) => text.replace(/\d+ (s|min)\b.*|just now/g, ""));
    const before = await seen();
    await page.reload();
    await expect.poll(seen).toBe(before);
    expect(page.url()).toBe(server.url + path);
  }
});

test("G5 Tab reaches every control in order, visibly and never under the header", async () => {
  const ids = await furnished();
  for (const path of ["/robots", `/jobs/${ids.failed}`, "/computers"]) {
    const { page } = await open(server, path);
    await page.locator("h1").waitFor();
    await page.waitForLoadState("networkidle").catch(() => {});
    const seen = new Set<string>();
    for (let press = 0; press < 60; press += 1) {
      await page.keyboard.press("Tab");
      const focused = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return undefined;
        const style = getComputedStyle(element);
        const box = element.getBoundingClientRect();
        const framed = element.closest("header.bar, body > #app > header, .skip") !== null;
        const ring = style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 2;
        return {
          name: `${element.tagName} ${element.getAttribute("aria-label") ?? element.textContent?.trim().slice(0, 30)} ${Math.round(box.x)} ${Math.round(box.y)}`,
          good: (ring || element.matches("input, textarea, select")) && (framed || box.bottom > 48),
        };
      });
      if (!focused || seen.has(focused.name)) break;
      seen.add(focused.name);
      expect(focused.good, `${path}: ${focused.name}`).toBe(true);
    }
    expect(seen.size).toBeGreaterThan(8);
  }
});

test("G6 nothing leaves the origin, and the policy of the server is kept", async () => {
  const ids = await furnished();
  const { page, wrong } = await open(server, "/robots");
  const policy = (await page.request.get(`${server.url}/robots`, { headers: { Accept: "text/html" } })).headers()[
    "content-security-policy"
  ];
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toMatch(/script-src[^;]*unsafe-inline/);
  for (const path of [`/jobs/${ids.executing}`, `/robots/${ids.robot}?play`, "/computers", "/account"]) {
    await page.goto(server.url + path);
    await page.waitForLoadState("networkidle").catch(() => {});
  }
  expect(wrong).toEqual([]);
});

test("a session that ends elsewhere is a dialog over the page; what was typed survives", async () => {
  const robot = await server.robot("Hello", hello);
  const { page } = await open(server, `/robots/${robot.id}/settings`);
  await page.getByLabel("Description").fill("half a sentence");
  const sessions = await server.ask<{ items: { id: string }[] }>("GET", "/sessions");
  for (const { id } of sessions.items) await server.raw("DELETE", `/sessions/${id}`);
  const dialog = page.getByRole("dialog", { name: "You are signed out. Sign in to go on." });
  await dialog.waitFor();
  await dialog.locator('input[name="password"]').fill("correct horse battery");
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await dialog.waitFor({ state: "detached" });
  expect(await page.getByLabel("Description").inputValue()).toBe("half a sentence");
  await until(
    "the connection is back",
    async () => (await page.getByText(/^(Reconnecting|No connection)/).count()) === 0,
  );
});

test("sign out ends the session and leads to the door", async () => {
  const { page } = await open(server, "/robots");
  await page.getByRole("button", { name: "Account of Anna" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.goto(`${server.url}/robots`);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
});
