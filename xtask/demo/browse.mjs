// Measures the page in a real browser whose processor is slowed down: the first sight of a thousand robots, a key in
// their search, a press, a change of page, and what a job page holds after minutes of a log that grows. Medians of five.
import { createRequire } from "node:module";
import { all, fail, signIn, task, write } from "./client.mjs";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const ROUNDS = 5;
const ROBOTS = 1_000;
const SOURCE = "*** Tasks ***\nRest\n    No Operation\n";
/** Writes a line every 20 ms for so many seconds. */
const talker = (seconds) =>
  `*** Tasks ***\nTalk\n    FOR    \${n}    IN RANGE    ${seconds * 50}\n        Log    line \${n}\n        Sleep    0.02\n    END\n`;
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** A page on a processor that is `slowed` times slower than this one. */
async function slow(context, slowed) {
  const page = await context.newPage();
  const client = await context.newCDPSession(page);
  await client.send("Emulation.setCPUThrottlingRate", { rate: slowed });
  return { page, client };
}

/** From now until something is painted that `seen` finds, asked in each frame by the page itself. */
const painted = (page, act, seen) =>
  page.evaluate(
    ([act, seen]) =>
      new Promise((resolve) => {
        const begin = performance.now();
        const found = new Function(`return (${seen})()`);
        const look = () => {
          if (!found()) return requestAnimationFrame(look);
          // The frame after the one in which it stood there has painted it.
          requestAnimationFrame(() => resolve(performance.now() - begin));
        };
        new Function(`return (${act})()`)();
        look();
      }),
    [String(act), String(seen)],
  );

async function first(context, origin, slowed) {
  const { page } = await slow(context, slowed);
  let requests = 0;
  // What the page is made of; what it asks for afterwards comes beside it.
  page.on("request", (request) => {
    if (["document", "script", "stylesheet"].includes(request.resourceType())) requests += 1;
  });
  await page.goto(`${origin}/robots`, { waitUntil: "commit" });
  await page.getByRole("button", { name: /^Play / }).first().waitFor();
  const usable = await page.evaluate(() => performance.now());
  const paint = await page.evaluate(
    () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? performance.now(),
  );
  await page.close();
  return { paint, usable, requests };
}

async function presses(context, origin, slowed) {
  const { page } = await slow(context, slowed);
  await page.goto(`${origin}/robots`);
  await page.getByRole("button", { name: /^Play / }).first().waitFor();
  const key = await painted(
    page,
    () => {
      const field = document.querySelector("input[type=search]");
      field.value = "number 777";
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    },
    () => document.querySelectorAll("[data-robot]").length === 1,
  );
  const press = await painted(
    page,
    () => document.querySelector("[data-robot] button[aria-label^='Play']").click(),
    () => document.querySelector("[role=dialog], dialog[open]") !== null,
  );
  await page.keyboard.press("Escape");
  // Once there and back, so that both pages have been loaded.
  const go = (path, title) =>
    painted(
      page,
      new Function(`document.querySelector("nav a[href^='${path}']").click()`),
      new Function(`return document.querySelector("h1")?.textContent?.trim() === "${title}"`),
    );
  const pages = [
    ["/computers", "Computers"],
    ["/robots", "Robots"],
  ];
  for (const [path, title] of pages) await go(path, title);
  const changes = [];
  for (const [path, title] of pages) changes.push(await go(path, title));
  await page.close();
  return { key, press, change: Math.max(...changes) };
}

async function held(context, rest, me, origin, minutes) {
  const robot = await rest("POST", `/users/${me.userId}/robots`, { name: "Talker", source: talker(minutes * 60 + 30) });
  const job = await rest("POST", "/jobs", { requestId: crypto.randomUUID(), robotId: robot.id, parameters: [] });
  const { page, client } = await slow(context, 1);
  await page.goto(`${origin}/jobs/${job.id}`);
  await page.getByText("line 100", { exact: true }).waitFor({ timeout: 120_000 });
  const heap = async () => {
    await client.send("HeapProfiler.collectGarbage");
    return (await page.evaluate(() => performance.memory.usedJSHeapSize)) / 1e6;
  };
  const lines = () => page.getByRole("region", { name: "Log" }).getByRole("listitem").last().getAttribute("aria-setsize");
  const before = { heap: await heap(), lines: Number(await lines()) };
  await new Promise((resolve) => setTimeout(resolve, minutes * 60_000));
  const after = { heap: await heap(), lines: Number(await lines()) };
  await rest("POST", `/jobs/${job.id}/cancel`, { mode: "kill" });
  await page.close();
  return { grewMb: after.heap - before.heap, lines: after.lines - before.lines };
}

// {server, link, chromium, slowed, minutes}
async function main() {
  const given = await task();
  const session = await signIn(given);
  const { me, rest, origin } = session;
  const there = (await all(rest, `/users/${me.userId}/robots`)).length;
  for (let n = there; n < ROBOTS; n += 1)
    await rest("POST", `/users/${me.userId}/robots`, { name: `Robot number ${n}`, source: SOURCE });
  const { chromium } = require("playwright-core");
  const browser = await chromium.launch({
    executablePath: given.chromium,
    args: ["--no-sandbox", "--enable-precise-memory-info"],
  });
  const [name, value] = session.cookie().split("=");
  const fresh = async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    await context.addCookies([{ name, value, url: origin }]);
    return context;
  };
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    // A context of its own has an empty cache.
    const cold = await fresh();
    const seen = await first(cold, origin, given.slowed);
    rounds.push({ ...seen, ...(await presses(cold, origin, given.slowed)) });
    await cold.close();
  }
  const context = await fresh();
  const holds = given.minutes > 0 ? await held(context, rest, me, origin, given.minutes) : undefined;
  await browser.close();
  const of = (name) => median(rounds.map((round) => round[name]));
  const figures = Object.fromEntries(["paint", "usable", "requests", "key", "press", "change"].map((it) => [it, of(it)]));
  write(JSON.stringify({ ...figures, ...holds }));
}

main().catch((error) => fail(error.message));
