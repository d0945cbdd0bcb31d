// Any two versions of a robot, side by side.

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

test("two versions that were ticked are compared, the older on the left", async () => {
  const robot = await server.robot("Payroll", hello);
  for (const word of ["one", "two", "three"]) {
    await server.ask("PUT", `/robots/${robot.id}/source?note=${word}`, `${hello}    Log    ${word}\n`);
  }
  const { page, wrong } = await open(server, `/robots/${robot.id}/versions`);
  const compare = page.getByRole("button", { name: "Compare", exact: true });
  await expect.poll(() => compare.getAttribute("aria-disabled")).toBe("true");
  await page.getByRole("checkbox", { name: "Compare version 1" }).check();
  await page.getByRole("checkbox", { name: "Compare version 4" }).check();
  await page.getByRole("checkbox", { name: "Compare version 2" }).check();
  expect(await page.getByRole("checkbox", { checked: true }).count()).toBe(2);
  expect(await page.getByRole("checkbox", { name: "Compare version 1" }).isChecked()).toBe(false);
  await page.getByText("Version 2 and version 4").waitFor();
  await compare.click();
  const difference = page.getByRole("region", { name: "From version 2 to version 4" });
  await difference.getByText(/Log {4}one/).waitFor();
  await difference.getByText(/Log {4}three/).waitFor();
  expect(await difference.getByText(/Log {4}two/).count()).toBe(0);
  expect(await violations(page)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(wrong).toEqual([]);
});
