// Where a robot usually runs: chosen in its settings, offered first by the play dialog.

import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { Arkwright, closeBrowser, hello, open, violations } from "./harness";

let server: Arkwright;

beforeEach(async () => {
  server = await Arkwright.start();
});
afterEach(async () => {
  await server.end();
});
afterAll(closeBrowser);

test("the computer of a robot's settings is offered first, until it is gone", async () => {
  const robot = await server.robot("Payroll", hello);
  const finance = await server.scripted("FINANCE-2");
  await server.scripted("RECEPTION-PC");
  const { page, wrong } = await open(server, `/robots/${robot.id}/settings`);
  await page.getByLabel("Where it usually runs").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByLabel("Where it usually runs").selectOption("FINANCE-2");
  await page.getByRole("button", { name: "Save settings" }).click();
  await page.getByText("Saved.").first().waitFor();
  await page.reload();
  await expect
    .poll(() => page.getByLabel("Where it usually runs").evaluate((list: HTMLSelectElement) => list.value))
    .toBe(finance.agentId);

  await page.goto(`${server.url}/robots`);
  await page.locator(".where").getByText("FINANCE-2").waitFor();
  await page.getByRole("button", { name: "Play Payroll" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: /FINANCE-2/, checked: true }).waitFor();
  await dialog.getByRole("button", { name: "Start" }).click();
  await page.getByRole("heading", { name: "Job 1" }).waitFor();
  const [job] = (await server.ask<{ items: { wantedAgentId?: string }[] }>("GET", "/jobs")).items;
  expect(job?.wantedAgentId).toBe(finance.agentId);

  await server.ask("DELETE", `/agents/${finance.agentId}`);
  await page.goto(`${server.url}/robots/${robot.id}?play`);
  await dialog.getByRole("radio", { name: /Any that fits/, checked: true }).waitFor();
  expect(wrong).toEqual([]);
});
