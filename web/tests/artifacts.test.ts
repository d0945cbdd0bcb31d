// A job of the real agent from end to end, and what it leaves behind.

import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { Arkwright, closeBrowser, hello, open, type Watched } from "./harness";

let server: Arkwright;
let watched: Watched | undefined;

beforeEach(async () => {
  server = await Arkwright.start();
});
afterEach(async () => {
  await watched?.context.close();
  await server.end();
});
afterAll(closeBrowser);

test("the log of the robot opens in a frame that has neither our origin nor the session", {
  timeout: 240_000,
}, async () => {
  await server.realAgent("RECEPTION-PC");
  const robot = await server.robot("Hello", hello);
  watched = await open(server, `/robots/${robot.id}?play`);
  const { page, wrong } = watched;
  await page.getByRole("dialog").getByLabel("Name").fill("Ben");
  await page.keyboard.press("Enter");
  await page.getByText("Success", { exact: true }).first().waitFor({ timeout: 180_000 });
  await page.getByRole("region", { name: "Log" }).getByText("Hello, Ben!").waitFor();
  await page
    .getByRole("treeitem", { name: /^Step Log: passed/ })
    .first()
    .waitFor();
  await page.getByRole("tab", { name: /^Artifacts/ }).click();
  await page.getByRole("button", { name: "Open log.html" }).click();
  const frame = page.frameLocator("iframe");
  await frame.getByText("Say hello").first().waitFor();
  const inside = page.frames().find((one) => one !== page.mainFrame());
  expect(await inside?.evaluate(() => location.origin === "null" || origin)).toBe("null");
  await expect(inside?.evaluate(() => document.cookie)).rejects.toThrow(/sandbox/i);
  expect(wrong.filter((text) => !/sandbox|log\.html|artifacts/i.test(text))).toEqual([]);
});
