// The audit as admins read it: turned by pages, exported, with names.

import { createHash, randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import type { AuditEntry, List, Session } from "../src/wire/generated";
import { exportedBy, readCsv } from "./csv";
import { Arkwright, anna, closeBrowser, hello, open, violations } from "./harness";

let server: Arkwright;

beforeEach(async () => {
  server = await Arkwright.start();
});
afterEach(async () => {
  await server.end();
});
afterAll(closeBrowser);

test("the audit is turned by Older and Newer, and its export is the filter", async () => {
  const robot = await server.robot("=cmd|'/C calc'!A0", hello);
  for (let change = 0; change < 60; change += 1) {
    await server.ask("PATCH", `/robots/${robot.id}`, { favourite: change % 2 === 0 });
  }
  const { page, wrong } = await open(server, "/admin/audit");
  const rows = page.getByRole("row");
  await expect.poll(() => rows.count()).toBe(51);
  await page.getByRole("button", { name: "Older" }).click();
  await expect.poll(() => rows.count()).toBe(13);
  await page.getByRole("row").filter({ hasText: "made a robot" }).waitFor();
  const older = page.url();
  await page.getByRole("button", { name: "Newer" }).click();
  await expect.poll(() => rows.count()).toBe(51);
  expect(new URL(page.url()).search).toBe("");
  expect(await page.getByRole("button", { name: /Newer|Newest/ }).count()).toBe(0);
  await page.goBack();
  await expect.poll(() => page.url()).toBe(older);

  // By a link nobody knows what was before it: only the newest.
  await page.reload();
  await page.getByRole("button", { name: "Newest" }).click();
  await expect.poll(() => rows.count()).toBe(51);

  const name = /^Arkwright audit \d{4}-\d\d-\d\d\.csv$/;
  const [heads, ...all] = readCsv(await exportedBy(page, name));
  expect(heads).toEqual(["Time", "Who", "By", "What", "On what", "From where", "Account id", "Id of what"]);
  expect(all).toHaveLength(62);
  expect(all[0]?.[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  await page.getByText("62 rows exported.").waitFor();
  for (const cell of all.flat()) expect(cell).not.toMatch(/^[=+\-@]/);
  await page.getByRole("combobox", { name: "What" }).selectOption("robot.made");
  await expect.poll(() => rows.count()).toBe(2);
  const [, made, ...rest] = readCsv(await exportedBy(page, name));
  expect(rest).toEqual([]);
  expect(made?.slice(1, 6)).toEqual(["Anna", "", "made a robot", "'=cmd|'/C calc'!A0", "127.0.0.1"]);
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect.poll(() => rows.count()).toBe(51);
  expect(wrong).toEqual([]);
});

/** What of the server's own list of doors changes something, and who is no person that asks: no row is written for it. */
const notNoted = ["POST /robots/check", "POST /pairings", "PUT /attempts/{job}/{attempt}/artifacts/{name}"];

test("S6 door by door: what changes something leaves its row, by REST, by socket and by the page", {
  timeout: 120_000,
}, async () => {
  const opened = new Set<string>();
  /** Goes through a door of the list. */
  const through = async <T>(door: string, ids: Record<string, string>, body?: unknown): Promise<T> => {
    const [method = "", path = ""] = door.split(" ");
    opened.add(door);
    return server.ask<T>(
      method,
      path.replace(/\{(\w+)\}/g, (_, name) => ids[name] ?? ""),
      body,
    );
  };
  interface Made {
    id: string;
    token: string;
    code: string;
  }
  const told: [action: string, on: string][] = [["session.opened", "Anna"]];
  const row = (action: string, on: string) => told.push([action, on]);

  await through("PATCH /me", {}, { settings: { robotsAs: "cards" } });
  row("account.changed", "Anna");
  const token = await through<Made>("POST /tokens", {}, { name: "nightly", scopes: ["read"] });
  row("token.made", "nightly");
  await through("DELETE /tokens/{id}", { id: token.id });
  row("token.revoked", "nightly");

  const user = { user: server.userId };
  const robot = await through<Made>("POST /users/{user}/robots", user, { name: "Invoices", source: hello });
  row("robot.made", "Invoices");
  await through("PATCH /robots/{id}", { id: robot.id }, { description: "Once a month" });
  row("robot.changed", "Invoices");
  await through("PUT /robots/{id}/source", { id: robot.id }, `${hello}    Log    Again.\n`);
  row("robot.saved", "Invoices");
  const job = await through<Made>("POST /jobs", {}, { robotId: robot.id, parameters: [] });
  row("job.played", "Invoices, 1");
  await through("POST /jobs/{id}/cancel", { id: job.id }, { mode: "stop" });
  row("job.cancelled", "Invoices, 1");
  const again = await through<Made>("POST /jobs/{id}/retry", { id: job.id }, {});
  row("job.played", "Invoices, 2");
  await server.ask("POST", `/jobs/${again.id}/cancel`, { mode: "stop" });
  row("job.cancelled", "Invoices, 2");

  const enrolment = await through<Made>("POST /enrolments", {}, { name: "SPARE" });
  row("enrolment.made", "SPARE");
  await through("DELETE /enrolments/{id}", { id: enrolment.id });
  row("enrolment.revoked", "SPARE");
  const agent = await server.scripted("FINANCE-2");
  opened.add("POST /agents");
  row("enrolment.made", "FINANCE-2");
  row("computer.enrolled", "FINANCE-2");
  await through("POST /agents/{id}/check", { id: agent.agentId });
  row("computer.checked", "FINANCE-2");
  await through("PATCH /agents/{id}", { id: agent.agentId }, { labels: ["sap"] });
  row("computer.changed", "FINANCE-2");
  await through("DELETE /agents/{id}", { id: agent.agentId });
  row("computer.revoked", "FINANCE-2");

  const pairing = async (host: string) => {
    const keyHash = createHash("sha256").update(randomBytes(32)).digest("base64url");
    const facts = { host, os: "linux", osUser: "anna", version: "0.1.0" };
    return server.ask<Made>("POST", "/pairings", { userId: server.userId, keyHash, ...facts });
  };
  const first = await pairing("RECEPTION-PC");
  await through("POST /pairings/{id}/approve", { id: first.id }, { code: first.code });
  row("pairing.approved", "RECEPTION-PC");
  const second = await pairing("LOBBY");
  await through("POST /pairings/{id}/deny", { id: second.id });
  row("pairing.denied", "LOBBY");
  await pairing("LOBBY");
  await through("POST /pairings/deny", {}, { address: "127.0.0.1" });
  row("pairing.denied", "127.0.0.1");

  const invite = await through<Made>("POST /invites", {}, { role: "user" });
  row("invite.made", "user");
  await through("DELETE /invites/{id}", { id: invite.id });
  row("invite.revoked", "user");
  const { token: link } = await server.ask<Made>("POST", "/invites", { role: "user" });
  row("invite.made", "user");
  const ben = { name: "Ben", email: "ben@example.org", password: "a long enough password" };
  const made = await through<{ userId: string }>("POST /invites/accept", {}, { invite: link, ...ben });
  row("account.made", "Ben");
  await through("PATCH /users/{user}", { user: made.userId }, { role: "admin" });
  row("user.changed", "Ben");

  // By the page over its socket.
  const { page, context, wrong } = await open(server, `/robots/${robot.id}?play`);
  const frames: string[] = [];
  page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => frames.push(String(payload))));
  await page.reload();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^Start/ })
    .click();
  await page.getByRole("heading", { name: "Job 3" }).waitFor();
  row("job.played", "Invoices, 3");
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Cancelled", { exact: true }).first().waitFor();
  row("job.cancelled", "Invoices, 3");
  for (const message of ["play", "cancel"]) expect(frames.some((text) => text.includes(`["${message}",`))).toBe(true);
  expect(wrong).toEqual([]);
  await context.close();

  await through("DELETE /robots/{id}", { id: robot.id });
  row("robot.deleted", "Invoices");
  // Somebody else's browser, ended from here; and one that signs out itself.
  await server.signIn(anna);
  opened.add("POST /session");
  row("session.opened", "Anna");
  const sessions = await server.ask<List<Session>>("GET", "/sessions");
  const other = sessions.items.find(({ current }) => !current);
  await through("DELETE /sessions/{id}", { id: other?.id ?? "" });
  row("session.ended", other?.userAgent ?? "");
  await through("DELETE /session", {});
  row("session.closed", "");
  await server.signIn(anna);
  row("session.opened", "Anna");

  const rows = await server.ask<List<AuditEntry>>("GET", "/audit?limit=200");
  const found = rows.items.map(({ action, targetName }) => [action, targetName ?? ""]).reverse();
  expect(found).toEqual(told);
  for (const { by, address } of rows.items) {
    expect(["Anna", "Ben"]).toContain(by.name);
    expect(address).toBe("127.0.0.1");
  }

  // The first account is made by a link before there is anybody: its door stands alone.
  const setUp = await Arkwright.start({ owner: false });
  try {
    const token = new URL(setUp.setupLink ?? "").hash.slice(1);
    await setUp.ask("POST", "/setup", { link: token, ...anna });
    opened.add("POST /setup");
    await setUp.signIn(anna);
    const rows = await setUp.ask<List<AuditEntry>>("GET", "/audit");
    expect(rows.items.map(({ action }) => action)).toEqual(["session.opened", "account.made"]);
  } finally {
    await setUp.end();
  }

  // No door of the server's own list was forgotten.
  const { paths } = await (await fetch(`${server.url}/api/v1/openapi.json`)).json();
  const doors = Object.entries<object>(paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => ["post", "put", "patch", "delete"].includes(method))
      .map((method) => `${method.toUpperCase()} ${path.replace("/api/v1", "")}`),
  );
  expect(doors.length).toBeGreaterThan(25);
  expect(doors.filter((door) => !opened.has(door)).sort()).toEqual([...notNoted].sort());
});
