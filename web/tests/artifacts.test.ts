// A job of the real agent from end to end, and what it leaves behind.

import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import type { EventPage } from "../src/wire/generated";
import { Arkwright, closeBrowser, hello, open, until } from "./harness";

let server: Arkwright;

beforeEach(async () => {
  server = await Arkwright.start();
});
afterEach(async () => {
  await server.end();
});
afterAll(closeBrowser);

test("the log of the robot opens in a frame that has neither our origin nor the session", {
  timeout: 240_000,
}, async () => {
  await server.realAgent("RECEPTION-PC");
  const robot = await server.robot("Hello", hello);
  const { page, wrong } = await open(server, `/robots/${robot.id}?play`);
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

test("J3 order and count of lines are the server's after a restart of the agent's program", {
  timeout: 240_000,
}, async () => {
  const total = 400;
  const program = await server.realAgent("RECEPTION-PC");
  const robot = await server.robot(
    "Long",
    [
      "*** Tasks ***",
      "Count",
      `    FOR    \${i}    IN RANGE    1    ${total + 1}`,
      "        Log    line ${i}",
      "        Evaluate    time.sleep(0.02)    modules=time",
      "    END",
    ].join("\n"),
  );
  const job = await server.play(robot.id);
  const { page } = await open(server, `/jobs/${job.id}`);
  const log = page.getByRole("region", { name: "Log" });
  const line = (n: number) => log.locator(".text").filter({ hasText: new RegExp(`^line ${n}$`) });
  await log
    .locator(".text")
    .filter({ hasText: /^line \d+$/ })
    .first()
    .waitFor({ timeout: 180_000 });
  await program.kill("SIGKILL");
  await page.getByText("Executing", { exact: true }).first().waitFor();
  server.restarted(program);
  await page.getByText("Success", { exact: true }).first().waitFor({ timeout: 60_000 });
  await line(total).waitFor();

  const stored: string[] = [];
  for (let after: number | undefined = 0; after !== undefined; ) {
    const part: EventPage = await server.ask("GET", `/jobs/${job.id}/events?after=${after}&limit=1000`);
    for (const event of part.items) if (event.kind === "log" && event.level === "info") stored.push(event.text ?? "");
    after = part.nextAfter;
  }
  const counted = stored.filter((text) => /^line \d+$/.test(text));
  expect(counted).toEqual(Array.from({ length: total }, (_, index) => `line ${index + 1}`));

  // Every row of the page, from the first to the last, a screen at a time.
  const rows = log.getByRole("list").getByRole("listitem");
  const list = log.getByRole("list");
  const shown = new Map<number, string>();
  await list.focus();
  await page.keyboard.press("Home");
  await line(1).waitFor();
  const size = Number(await rows.first().getAttribute("aria-setsize"));
  await until("every row was shown", async () => {
    for (const [place, text] of await rows.evaluateAll((items) =>
      items.map(
        (item) => [Number(item.getAttribute("aria-posinset")), item.querySelector(".text")?.textContent ?? ""] as const,
      ),
    ))
      shown.set(place, text.trim());
    await list.evaluate((element) => element.scrollBy(0, element.clientHeight));
    return shown.size === size;
  });
  const texts = [...shown].sort(([a], [b]) => a - b).map(([, text]) => text);
  expect(texts.filter((text) => /^line \d+$/.test(text))).toEqual(counted);
});
