// The audit as admins read it: turned by pages, exported, with names.

import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { exportedBy, readCsv } from "./csv";
import { Arkwright, closeBrowser, hello, open, violations } from "./harness";

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
