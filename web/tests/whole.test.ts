// The whole path, as an office user walks it: from the first link to a file that a robot made.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { Arkwright, anna, closeBrowser, open, repository } from "./harness";

let server: Arkwright;

beforeEach(async () => {
  server = await Arkwright.start({ owner: false });
});
afterEach(async () => {
  await server.end();
});
afterAll(closeBrowser);

test("first run, pairing, the invoice robot with its parameters, live steps, success, its files", {
  timeout: 240_000,
}, async () => {
  const link = new URL(server.setupLink ?? "");
  const { page, wrong } = await open(server, link.pathname + link.hash, { signedIn: false });
  await page.getByLabel("Your name").fill(anna.name);
  await page.getByLabel("E-mail").fill(anna.email);
  await page.locator("input[type=password]").first().fill(anna.password);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("heading", { name: "Pair this computer" }).waitFor();

  const [, userId = ""] = /--user-id (\S+)/.exec(await page.locator("code").innerText()) ?? [];
  const agent = server.agent(["--user-id", userId, "--name", "RECEPTION-PC"]);
  const [code] = await agent.said(/[A-Z]{4}-[A-Z]{4}/);
  await page.getByRole("article").getByText(code).waitFor();
  await page.getByRole("button", { name: /approve/ }).click();
  await page.getByText(/is online\./).waitFor({ timeout: 60_000 });

  await page.goto(`${server.url}/robots/new`);
  await page.getByRole("radio", { name: /File/ }).check();
  await page.locator("input[type=file]").setInputFiles(invoices());
  await page.getByRole("button", { name: "Create robot" }).click();
  await page.getByRole("button", { name: /^Play/ }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("2026-09").check();
  await dialog.getByLabel("Amount limit").fill("2000");
  await dialog.getByLabel("Title of the summary").fill("September");
  await dialog.getByRole("button", { name: /^Start/ }).click();

  await page.getByRole("heading", { name: "Job 1" }).waitFor();
  // Its environment is built as its first steps, so they are seen long before the end.
  await page.getByRole("treeitem").first().waitFor({ timeout: 60_000 });
  expect(await page.getByText("Success", { exact: true }).count()).toBe(0);
  await page.getByText("Success", { exact: true }).first().waitFor({ timeout: 180_000 });
  await page
    .getByRole("region", { name: "Log" })
    .getByText(/invoices of 2026-09 are summarised/)
    .waitFor();

  await page.getByRole("tab", { name: /^Artifacts/ }).click();
  const waiting = page.waitForEvent("download");
  await page.getByRole("link", { name: /summary\.xlsx/ }).click();
  const download = await waiting;
  const workbook = readFileSync(await download.path());
  expect(workbook.subarray(0, 2).toString()).toBe("PK");
  expect(wrong).toEqual([]);
});

/** The sample robot, zipped as a person would zip its folder. */
function invoices(): string {
  const target = join(server.data, "invoices.zip");
  const done = spawnSync(
    "python3",
    ["-m", "zipfile", "-c", target, "main.robot", "InvoiceBook.py", "invoices.xlsx", "requirements.txt"],
    {
      cwd: join(repository, "robots/invoices"),
      encoding: "utf8",
    },
  );
  if (done.status !== 0) throw new Error(`zip: ${done.stderr}`);
  return target;
}
