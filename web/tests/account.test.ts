// Account (Proofs S): password and sessions, API tokens, and what a person chooses for the page.

import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { Arkwright, anna, closeBrowser, open, violations } from "./harness";

let server: Arkwright;

beforeEach(async () => {
  server = await Arkwright.start();
});
afterEach(async () => {
  await server.end();
});
afterAll(closeBrowser);

test("S1 an API token is shown once, works, and is refused at once when revoked", async () => {
  const { page, wrong } = await open(server, "/account");
  await page.getByRole("button", { name: "Make a token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Nightly");
  await dialog.getByLabel("read jobs and logs").check();
  await dialog.getByRole("button", { name: "Make a token" }).click();
  const token = await dialog.locator("code").innerText();
  const ask = async () =>
    (await fetch(`${server.url}/api/v1/jobs`, { headers: { Authorization: `Bearer ${token}` } })).status;
  expect(await ask()).toBe(200);
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.reload();
  await page.getByText("Nightly").waitFor();
  expect(await page.content()).not.toContain(token);
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toContain(token);
  await page.getByText(/last used/).waitFor();
  await page.getByRole("button", { name: "Revoke Nightly" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke Nightly" }).click();
  await page.getByText("Nightly").first().waitFor({ state: "detached" });
  expect(await ask()).toBe(401);
  expect(wrong).toEqual([]);
});

test("S3 another password ends the other sessions live, and this one stays", async () => {
  const here = await open(server, "/account");
  await server.signIn(anna);
  const there = await open(server, "/robots");
  await there.page.getByRole("heading", { name: "Robots", exact: true }).waitFor();
  await here.page.getByLabel("Old password").fill("not the one it was");
  await here.page.getByLabel("New password").fill("another long password");
  await here.page.getByRole("button", { name: "Change password" }).click();
  await here.page.getByText("The old password is not right.").waitFor();
  await here.page.getByLabel("Old password").fill(anna.password);
  await here.page.getByRole("button", { name: "Change password" }).click();
  await here.page.getByText("Your other sessions were ended.", { exact: false }).last().waitFor();
  await there.page.getByText("You are signed out. Sign in to go on.").waitFor({ timeout: 5_000 });
  await here.page.reload();
  await here.page.getByRole("heading", { name: "Account" }).waitFor();
});

test("another session is listed and can be ended, live", async () => {
  const here = await open(server, "/account");
  await server.signIn(anna);
  const there = await open(server, "/robots");
  await there.page.getByRole("heading", { name: "Robots", exact: true }).waitFor();
  await here.page.reload();
  await here.page.getByText("this one").waitFor();
  const others = here.page.getByRole("region", { name: "Sessions" }).getByRole("button", { name: "End" });
  const count = await others.count();
  await others.first().click();
  await there.page.getByText("You are signed out. Sign in to go on.").waitFor({ timeout: 5_000 });
  await expect.poll(() => others.count()).toBe(count - 1);
});

describe("S7", () => {
  test("S7 another language needs no reload, keeps what was typed, and comes with the account", async () => {
    const { page, wrong, requests } = await open(server, "/account");
    await page.getByLabel("Name", { exact: true }).fill("Anna Lytical");
    expect(requests.filter((url) => /assets\/de-/.test(url))).toEqual([]);
    await page.evaluate(() => Object.assign(window, { stayed: true }));
    await page.getByRole("button", { name: "Deutsch" }).click();
    await page.getByRole("heading", { name: "Konto", exact: true }).waitFor();
    expect(await page.evaluate(() => [document.documentElement.lang, document.title, "stayed" in window])).toEqual([
      "de",
      "Konto – Arkwright",
      true,
    ]);
    await expect.poll(() => page.getByLabel("Name", { exact: true }).inputValue()).toBe("Anna Lytical");
    expect(await violations(page)).toEqual([]);

    // No English is loaded where German was chosen, and another browser knows the choice once she is there.
    const seen = requests.length;
    await page.reload();
    await page.getByRole("heading", { name: "Konto", exact: true }).waitFor();
    expect(requests.slice(seen).filter((url) => /assets\/en-/.test(url))).toEqual([]);
    const other = await open(server, "/robots");
    await other.page.getByRole("heading", { name: "Roboter", exact: true }).waitFor();
    expect(wrong).toEqual([]);
  });

  test("a browser that speaks German is spoken to in German", async () => {
    const { page } = await open(server, "/jobs", { signedIn: false, locale: "de-AT" });
    await page.getByRole("heading", { name: "Anmelden" }).waitFor();
    await page.getByLabel("E-Mail").fill(anna.email);
    await page.locator('input[name="password"]').fill(anna.password);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Aufträge" }).waitFor();
  });
});

test("times are shown in the time zone that was chosen, and single keys can be switched off", async () => {
  const { page } = await open(server, "/account", { timezoneId: "Europe/Berlin" });
  const token = await server.ask<{ expiresAt: string }>("POST", "/tokens", {
    name: "t",
    scopes: ["read"],
    expiresInMs: 86_400_000,
  });
  await page.reload();
  const shown = (timeZone: string) =>
    new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long", timeZone }).format(
      new Date(token.expiresAt),
    );
  await page.getByText(shown("Europe/Berlin")).waitFor();
  await page.getByLabel("Time zone").selectOption("Asia/Tokyo");
  await page.getByText(shown("Asia/Tokyo")).waitFor();

  await page.getByRole("heading", { name: "Account" }).click();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByLabel("Single keys act as shortcuts").uncheck();
  await page.getByRole("heading", { name: "Account" }).click();
  await page.keyboard.press("?");
  await page.keyboard.press("g");
  await page.keyboard.press("j");
  await page.reload();
  await page.getByText(shown("Asia/Tokyo")).waitFor();
  await page.keyboard.press("?");
  expect(await page.getByRole("dialog").count()).toBe(0);
  expect(new URL(page.url()).pathname).toBe("/account");
});
