// Administration (Proofs S): invites, accounts, the owner, the audit.

import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import type { AuditEntry, List } from "../src/wire/generated";
import { Arkwright, closeBrowser, hello, open, violations, type Watched } from "./harness";

let server: Arkwright;

beforeEach(async () => {
  server = await Arkwright.start();
});
afterEach(async () => {
  await server.end();
});
afterAll(closeBrowser);

const password = "a long enough password";

/** Makes a link in Anna's page and an account with it in Ben's. */
async function invited(): Promise<{ anna: Watched; ben: Watched; link: URL }> {
  const anna = await open(server, "/admin/users");
  await anna.page.getByRole("button", { name: "Invite somebody" }).click();
  const dialog = anna.page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Make the link" }).click();
  const link = new URL(await dialog.locator("code").innerText());
  await dialog.getByRole("button", { name: "Done" }).click();
  const ben = await open(server, link.pathname + link.hash, { signedIn: false });
  await fillIn(ben, "Ben", "ben@example.org");
  await ben.page.getByRole("heading", { name: "Robots", exact: true }).waitFor();
  return { anna, ben, link };
}

async function fillIn({ page }: Watched, name: string, email: string): Promise<void> {
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("E-mail").fill(email);
  await page.locator('input[name="password"]').fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
}

test("S2 for somebody who is no admin there is no administration", async () => {
  const { anna, ben } = await invited();
  for (const path of ["/admin/users", "/admin/audit"]) {
    await ben.page.goto(server.url + path);
    await ben.page.getByText("There is nothing here, or it is not yours.").waitFor();
    await anna.page.goto(server.url + path);
    await anna.page.getByRole("heading", { level: 1 }).waitFor();
    expect(await violations(anna.page)).toEqual([]);
  }
  const status = await ben.page.evaluate(async () =>
    Promise.all(["/users", "/invites", "/audit"].map(async (path) => (await fetch(`/api/v1${path}`)).status)),
  );
  expect(status).toEqual([404, 404, 404]);
  await ben.page.getByRole("button", { name: /Account of Ben/ }).click();
  await ben.page.getByRole("menuitem", { name: "Account" }).waitFor();
  expect(await ben.page.getByRole("menuitem", { name: "Users" }).count()).toBe(0);
});

test("S4 an invite makes one account, and its token is nowhere afterwards", async () => {
  const { ben, link } = await invited();
  const token = link.hash.slice(1);
  expect(ben.page.url()).not.toContain(token);
  expect(ben.requests.slice(1).filter((url) => url.includes(token))).toEqual([]);
  expect(ben.wrong).toEqual([]);
  const eve = await open(server, link.pathname + link.hash, { signedIn: false });
  await fillIn(eve, "Eve", "eve@example.org");
  await eve.page.getByText("This invite was already used.").waitFor();
  await eve.page.getByRole("link", { name: "Sign in" }).click();
  await eve.page.getByRole("heading", { name: "Sign in" }).waitFor();
});

test("an invite that was taken back or has a taken address says so", async () => {
  const anna = await open(server, "/admin/users");
  const make = async () => (await server.ask<{ token: string }>("POST", "/invites", { role: "user" })).token;
  const eve = await open(server, `/invite#${await make()}`, { signedIn: false });
  await fillIn(eve, "Eve", "anna@example.org");
  await eve.page.getByText("There is an account with this address.").waitFor();
  await anna.page.reload();
  await anna.page.getByRole("button", { name: /^Take back/ }).click();
  await anna.page.getByText("No invite is open.").waitFor();
  await fillIn(eve, "Eve", "eve@example.org");
  await eve.page.getByText("This invite has expired or was taken back.").waitFor();
});

test("S5 the owner is kept, and who is disabled is signed out at once", async () => {
  const { anna, ben } = await invited();
  await anna.page.reload();
  const owner = anna.page.getByRole("button", { name: "Disable Anna" });
  await expect.poll(() => owner.getAttribute("aria-disabled")).toBe("true");
  await anna.page.getByRole("combobox", { name: "Role of Ben" }).selectOption("admin");
  await anna.page.getByRole("button", { name: "Disable Ben" }).click();
  await anna.page.getByRole("dialog").getByRole("button", { name: "Disable Ben" }).click();
  await anna.page.getByText("Disabled", { exact: true }).waitFor();
  await ben.page.getByText("You are signed out. Sign in to go on.").waitFor({ timeout: 5_000 });
  await anna.page.getByRole("button", { name: "Let Ben in again" }).click();
  await anna.page.getByRole("button", { name: "Disable Ben" }).waitFor();
  expect(anna.wrong).toEqual([]);
});

test("S6 what somebody changes by page, REST and socket has its row, with filters in the address", async () => {
  const robot = await server.robot("Invoices", hello);
  const { page, wrong } = await open(server, `/robots/${robot.id}?play`);
  await page.getByRole("dialog").getByRole("button", { name: "Start" }).click();
  await page.getByRole("heading", { name: /^Job/ }).waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Cancelled", { exact: true }).first().waitFor();
  await server.ask("PATCH", `/robots/${robot.id}`, { favourite: true });
  await server.ask("POST", "/tokens", { name: "nightly", scopes: ["read"] });
  await server.ask("POST", "/enrolments", {});

  const rows = await server.ask<List<AuditEntry>>("GET", "/audit");
  expect(rows.items.map(({ action }) => action)).toEqual([
    "enrolment.made",
    "token.made",
    "robot.changed",
    "job.cancelled",
    "job.played",
    "robot.made",
    "session.opened",
  ]);
  await page.goto(`${server.url}/admin/audit`);
  await page.getByRole("row").filter({ hasText: "stopped a job" }).getByText("Invoices, 1").waitFor();
  await page.getByRole("row").filter({ hasText: "made an API token" }).getByText("nightly").waitFor();
  await page.getByRole("combobox", { name: "What" }).selectOption("job.played");
  await expect.poll(() => page.getByRole("row").count()).toBe(2);
  expect(new URL(page.url()).search).toBe("?action=job.played");
  await page.reload();
  await page.getByRole("link", { name: "Invoices, 1" }).click();
  await page.getByRole("heading", { name: /^Job/ }).waitFor();
  expect(wrong).toEqual([]);
});
