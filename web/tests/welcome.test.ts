// First run (Proofs F): set-up link, pairing, first robot, sign-in.

import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { Arkwright, anna, closeBrowser, open, until, violations, watch } from "./harness";

let server: Arkwright;

afterEach(async () => {
  await server.end();
});
afterAll(closeBrowser);

describe("the set-up link", () => {
  beforeEach(async () => {
    server = await Arkwright.start({ owner: false });
  });
  const path = () => new URL(server.setupLink ?? "").pathname + new URL(server.setupLink ?? "").hash;

  test("F1 leads by keyboard from the account over a real agent to a job that succeeds", {
    timeout: 240_000,
  }, async () => {
    const { page, wrong } = await open(server, path(), { signedIn: false });
    await page.getByLabel("Your name").focus();
    await page.keyboard.type(anna.name);
    await page.keyboard.press("Tab");
    await page.keyboard.type(anna.email);
    await page.keyboard.press("Tab");
    await page.keyboard.type(anna.password);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Pair this computer" }).waitFor();

    const command = await page.locator("code").innerText();
    const [, address, userId] = /--server (\S+) --user-id (\S+)/.exec(command) ?? [];
    expect(address).toBe(server.url);
    const agent = server.agent(["--user-id", userId ?? "", "--name", "RECEPTION-PC"]);
    const [code] = await agent.said(/[A-Z]{4}-[A-Z]{4}/);
    await page.getByRole("article").getByText(code).waitFor();
    await page.getByRole("button", { name: /approve/ }).focus();
    await page.keyboard.press("Enter");
    await page.getByText(/is online\./).waitFor({ timeout: 60_000 });
    await page.getByRole("button", { name: "Go on" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: /Play “Hello”/ }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByLabel("Name").waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: /^Job/ }).waitFor();
    await page.getByText("Success", { exact: true }).first().waitFor({ timeout: 180_000 });
    await page.getByRole("link", { name: "Make one of your own" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "New robot" }).waitFor();
    expect(wrong).toEqual([]);
  });

  test("F2 leaves its token neither in the address nor in history nor in a request", async () => {
    const { page, requests } = await open(server, path(), { signedIn: false });
    const token = new URL(server.setupLink ?? "").hash.slice(1);
    await page.getByLabel("Your name").waitFor();
    expect(page.url()).not.toContain(token);
    expect(requests.filter((url) => url.includes(token))).toEqual([]);
    await page.getByLabel("Your name").fill(anna.name);
    await page.getByLabel("E-mail").fill(anna.email);
    await page.locator("input[name=password]").fill(anna.password);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("heading", { name: "Pair this computer" }).waitFor();
    expect(requests.slice(1).filter((url) => url.includes(token))).toEqual([]);
    expect(await page.evaluate(() => document.referrer)).not.toContain(token);
    await page.reload();
    await page.getByRole("heading", { name: "Pair this computer" }).waitFor();
    expect(page.url()).not.toContain(token);
  });

  test("F3 works once", async () => {
    const first = await open(server, path(), { signedIn: false });
    await first.page.getByLabel("Your name").waitFor();
    server.owner(anna);
    await first.page.getByLabel("Your name").fill("Ben");
    await first.page.getByLabel("E-mail").fill("ben@example.org");
    await first.page.locator("input[name=password]").fill(anna.password);
    await first.page.getByRole("button", { name: "Create account" }).click();
    await first.page.getByText("This link was already used.").waitFor();
    await first.page.getByRole("link", { name: "Sign in" }).click();
    await first.page.getByRole("heading", { name: "Sign in" }).waitFor();
  });

  test("F3 runs out, and says how to get a new one", async () => {
    const { page } = await open(server, path(), { signedIn: false });
    await page.getByLabel("Your name").fill(anna.name);
    await page.getByLabel("E-mail").fill(anna.email);
    await page.locator("input[name=password]").fill(anna.password);
    server.expireLinks();
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByText("This link has expired. Start the server again for a new one.").waitFor();
    expect(await page.getByRole("button", { name: "Create account" }).count()).toBe(0);
  });

  test("what was skipped stays as a quiet list on Robots until it is done or dismissed", async () => {
    const { page, wrong } = await open(server, path(), { signedIn: false });
    await page.getByLabel("Your name").fill(anna.name);
    await page.getByLabel("E-mail").fill(anna.email);
    await page.locator("input[name=password]").fill(anna.password);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("button", { name: "Skip for now" }).click();
    await page.getByRole("link", { name: "All robots" }).click();
    const list = page.getByRole("region", { name: "First steps" });
    await list.getByRole("link", { name: "Pair a computer" }).waitFor();
    await page.reload();
    await list.waitFor();
    expect(await violations(page)).toEqual([]);

    await server.signIn(anna);
    const agent = await server.scripted("FRONT-DESK");
    await list.getByRole("link", { name: "Pair a computer" }).waitFor({ state: "detached" });
    await list.getByText("Pair a computer").waitFor();
    await list.getByRole("button", { name: "Play your first robot" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Start" }).click();
    const running = await agent.take();
    await running.finish({ kind: "success" });
    await page.getByRole("link", { name: "Robots" }).first().click();
    await page.getByRole("heading", { name: "Robots", exact: true }).waitFor();
    await list.waitFor({ state: "detached" });
    const settings = async () => (await server.ask<{ settings: object }>("GET", "/me")).settings;
    await expect.poll(settings).not.toHaveProperty("firstSteps");
    expect(wrong).toEqual([]);
  });

  test("the list of first steps can be dismissed for good", async () => {
    const { page } = await open(server, path(), { signedIn: false });
    await page.getByLabel("Your name").fill(anna.name);
    await page.getByLabel("E-mail").fill(anna.email);
    await page.locator("input[name=password]").fill(anna.password);
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("button", { name: "Skip for now" }).click();
    await page.getByRole("link", { name: "All robots" }).click();
    await page.getByRole("button", { name: "Dismiss the first steps" }).click();
    await page.getByRole("region", { name: "First steps" }).waitFor({ state: "detached" });
    await page.reload();
    await page.getByText("No robots yet.").waitFor();
    expect(await page.getByRole("region", { name: "First steps" }).count()).toBe(0);
  });

  test("F6 has fields that a password manager knows, and judges a password on leaving it", async () => {
    const { page } = await open(server, path(), { signedIn: false });
    await page.getByLabel("Your name").waitFor();
    const labels = await page
      .locator("form input")
      .evaluateAll((inputs) => inputs.map((input) => input.getAttribute("autocomplete")));
    expect(labels).toEqual(["name", "username", "new-password"]);
    const password = page.locator('input[name="password"]');
    await password.fill("short");
    await password.blur();
    await page.getByText("At least 12 characters.", { exact: true }).waitFor();
    await expect.poll(() => password.getAttribute("aria-invalid")).toBe("true");
  });
});

describe("with an account", () => {
  beforeEach(async () => {
    server = await Arkwright.start();
  });

  test("F4 the card shows the terminal's code on every page, Deny ends the program, and the card goes at once", async () => {
    const first = await open(server, "/robots");
    const second = await watch(first.context, server.url, "/computers");
    await first.page.getByRole("heading", { name: "Robots", exact: true }).waitFor();
    const agent = server.agent(["--user-id", server.userId, "--name", "FRONT-DESK"]);
    const [code] = await agent.said(/[A-Z]{4}-[A-Z]{4}/);
    for (const { page } of [first, second]) {
      const card = page.getByRole("article").filter({ hasText: "wants to join" });
      await card.getByText(code).waitFor();
    }
    expect(await first.page.evaluate(() => document.activeElement?.closest("button")?.textContent ?? "")).not.toContain(
      "approve",
    );
    await first.page.getByRole("button", { name: /^Deny/ }).click();
    await second.page
      .getByRole("article")
      .filter({ hasText: "wants to join" })
      .waitFor({ state: "detached", timeout: 2_000 });
    await first.page.getByText(/was told no/).waitFor();
    await until("the program to end", () => agent.exit !== undefined);
    expect(agent.exit).not.toBe(0);
    expect(agent.all).toMatch(/denied|told no|refused/i);
  });

  test("F5 the command copies exactly, with the address of the address bar", async () => {
    const { page, context } = await open(server, "/computers");
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url });
    await page.getByRole("button", { name: /^Copy/ }).first().click();
    await page.getByRole("button", { name: /^Copied/ }).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toBe(`arkwright-agent --server ${server.url} --user-id ${server.userId}`);
  });

  test("sign-in says what is wrong without saying which, slows down, and leads where one wanted to go", async () => {
    const { page } = await open(server, "/jobs?status=failed", { signedIn: false });
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    const fields = await page
      .locator("form input")
      .evaluateAll((inputs) => inputs.map((input) => input.getAttribute("autocomplete")));
    expect(fields).toEqual(["username", "current-password"]);
    await page.getByLabel("E-mail").fill(anna.email);
    await page.locator('input[name="password"]').fill("wrong wrong wrong");
    await page.keyboard.press("Enter");
    await page.getByText("E-mail or password is not right.").waitFor();
    await page.locator('input[name="password"]').fill(anna.password);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Jobs" }).waitFor();
    expect(new URL(page.url()).search).toBe("?status=failed");
  });

  test("a sign-in link signs in once", async () => {
    const link = new URL(server.signInLink(anna.email));
    const first = await open(server, link.pathname + link.hash, { signedIn: false });
    await first.page.getByRole("button", { name: "Sign in" }).click();
    await first.page.getByRole("heading", { name: "Robots" }).waitFor();
    const second = await open(server, link.pathname + link.hash, { signedIn: false });
    await second.page.getByRole("button", { name: "Sign in" }).click();
    await second.page.getByText("This link was already used or has expired.").waitFor();
  });
});
