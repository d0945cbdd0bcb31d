// Takes the pictures of docs/screenshots: every page of a demo in which some robots have been played, one is at work, one
// failed and one waits; in light, in dark, and as a phone shows it. Nothing is staged but the jobs, and one server of its
// own that has no account yet, for the first page that anybody sees.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { all, fail, signIn, task, until, write } from "./client.mjs";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const LOOKS = [
  ["light", { viewport: { width: 1280, height: 800 }, colorScheme: "light" }],
  ["dark", { viewport: { width: 1280, height: 800 }, colorScheme: "dark" }],
  ["phone", { viewport: { width: 390, height: 844 }, colorScheme: "light", hasTouch: true }],
];
const UNREADY = `*** Variables ***
# Customer
\${CUSTOMER: str}    ACME GmbH

*** Tasks ***
Send the reminder
    Read the list
    Open the account    \${CUSTOMER}
    Press Save
    Send mail

*** Keywords ***
Read the list
    Log    12 reminders are due today

Open the account
    [Arguments]    \${customer}
    Log    Opening the account of \${customer}
    Log    The answer took 2.1 s    WARN

Press Save
    Log    Looking for the button
    Fail    The button “Save” was not found

Send mail
    Log    Sent
`;

/** What is in the demo when the pictures are taken. */
async function furnish(rest, userId) {
  const robots = await all(rest, `/users/${userId}/robots`);
  const robot = (name) => robots.find((it) => it.name === name) ?? fail(`there is no robot “${name}”`);
  const play = (id, more = {}) =>
    rest("POST", "/jobs", { requestId: randomUUID(), robotId: id, parameters: [], ...more });
  const reminder = await rest("POST", `/users/${userId}/robots`, { name: "Send reminders", source: UNREADY });
  await rest("PUT", `/robots/${reminder.id}/source`, UNREADY.replace("12 reminders", "Twelve reminders"));
  await rest("PATCH", `/robots/${reminder.id}`, { description: "Reminds customers whose invoices are overdue." });
  const failed = await play(reminder.id);
  const ended = await until(60_000, async () => (await rest("GET", `/jobs/${failed.id}`)).status === "failed");
  if (!ended) fail("the robot that fails did not fail");
  const waiting = await play(reminder.id, { agentLabel: "sap" });
  /** A job at work, new for each look: it ends before all the pictures are taken. */
  const working = async () => {
    const job = await play(robot("Long job").id);
    const began = await until(60_000, async () => {
      const { items } = await rest("GET", `/jobs/${job.id}/events?after=0`);
      return items.filter(({ kind }) => kind === "stepEnded").length > 36;
    });
    if (!began) fail("the long job did not begin to work");
    return job.id;
  };
  const done = (await all(rest, "/jobs")).find((job) => job.robotId === robot("Invoices").id);
  const [agent] = await all(rest, "/agents");
  await rest("POST", "/invites", { role: "user" });
  await rest("POST", "/enrolments", { name: "RECEPTION-PC" });
  return { invoices: robot("Invoices").id, reminder: reminder.id, failed, waiting, working, done, agent };
}

/** A server without any account: its set-up link, and how to end it. */
async function firstServer(program) {
  const folder = mkdtempSync(join(tmpdir(), "arkwright-pictures-"));
  const child = spawn(program, ["serve", "--listen", "127.0.0.1:0", "--data", folder], { env: { ...process.env, NO_COLOR: "1" } });
  let said = "";
  child.stdout.on("data", (data) => (said += data));
  child.stderr.on("data", (data) => (said += data));
  const link = await until(30_000, () => /setup link: (\S+)/.exec(said)?.[1]);
  const end = () =>
    new Promise((resolve) => {
      child.once("exit", () => {
        rmSync(folder, { recursive: true, force: true });
        resolve();
      });
      child.kill("SIGTERM");
    });
  if (!link) {
    await end();
    fail(`a server for the first page did not start: ${said}`);
  }
  return { link, end };
}

// {server, link, chromium, folder, program}
async function main() {
  const given = await task();
  const session = await signIn(given);
  const { me, rest } = session;
  const { invoices, reminder, failed, waiting, working, done, agent } = await furnish(rest, me.userId);
  const pages = [
    ["robots-none-found", "/robots?q=payroll"],
    ["robot", `/robots/${reminder}`],
    ["play", `/robots/${invoices}?play`],
    ["versions", `/robots/${reminder}/versions`, (page) => page.getByRole("button", { name: /What changed/ }).first().click()],
    ["settings", `/robots/${reminder}/settings`],
    ["editor", `/robots/${reminder}/edit`],
    ["new-robot", "/robots/new"],
    ["jobs", "/jobs"],
    ["job-failed", `/jobs/${failed.id}`],
    ["job-waiting", `/jobs/${waiting.id}`],
    ["job-done", `/jobs/${done.id}`],
    ["computers", "/computers"],
    ["computer", `/computers/${agent.id}`],
    ["pair", "/computers?pair"],
    ["account", "/account"],
    ["users", "/admin/users"],
    ["audit", "/admin/audit"],
    ["palette", "/robots", (page) => page.keyboard.press("Control+k")],
    ["keys", "/robots", (page) => page.keyboard.press("?")],
    ["nothing-here", "/nothing-here"],
  ];

  const { chromium } = require("playwright-core");
  const first = await firstServer(given.program);
  const browser = await chromium.launch({ executablePath: given.chromium, args: ["--no-sandbox"] });
  const [name, value] = session.cookie().split("=");
  try {
    for (const [look, options] of LOOKS) {
      const take = async (context, picture, address, before) => {
        const page = await context.newPage();
        await page.goto(address);
        await page.getByRole("heading").first().waitFor();
        await page.waitForLoadState("networkidle").catch(() => {});
        await before?.(page);
        if (before) await page.waitForLoadState("networkidle").catch(() => {});
        await page.screenshot({ path: `${given.folder}/${picture}-${look}.png`, animations: "disabled" });
        await page.close();
        write(`${picture}-${look}.png`);
      };
      const stranger = await browser.newContext(options);
      await take(stranger, "welcome", first.link);
      await take(stranger, "sign-in", `${session.origin}/sign-in`);
      await stranger.close();
      const context = await browser.newContext(options);
      await context.addCookies([{ name, value, url: session.origin }]);
      const job = await working();
      const live = [
        ["job", `/jobs/${job}`],
        ["robots", "/robots"],
      ];
      for (const [picture, path, before] of [...live, ...pages]) await take(context, picture, `${session.origin}${path}`, before);
      await context.close();
      await rest("POST", `/jobs/${job}/cancel`, { mode: "kill" });
    }
  } finally {
    await browser.close();
    await first.end();
  }
}

main().catch((error) => fail(error.message));
