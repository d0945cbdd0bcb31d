// The log of a job at its largest and fastest (Proof J2).

import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { Arkwright, closeBrowser, hello, log, open, type ScriptedAgent, step, type Watched } from "./harness";

const held = 100_000;
const perSecond = 500;
const seconds = 10;

let server: Arkwright;
let agent: ScriptedAgent;

beforeEach(async () => {
  server = await Arkwright.start();
  agent = await server.scripted("FINANCE-2");
});
afterEach(async () => {
  await server.end();
});
afterAll(closeBrowser);

/** What the browser measures about itself while `during` goes on, and the most rows that its log had at a time. What asks
 * it from outside meanwhile runs as script of its own and would count as the page's. */
async function measured(page: Watched["page"], during: () => Promise<void>) {
  const client = await page.context().newCDPSession(page);
  await client.send("Performance.enable");
  const scriptSeconds = async () => {
    const { metrics } = await client.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "ScriptDuration")?.value ?? 0;
  };
  await page.evaluate(() => {
    const frames: number[] = [];
    const tasks: number[] = [];
    let last = performance.now();
    let most = 0;
    const log = document.querySelector('[aria-label="Log"]');
    let goes = true;
    const frame = () => {
      const now = performance.now();
      frames.push(now - last);
      most = Math.max(most, log?.querySelectorAll('[role="listitem"]').length ?? 0);
      last = now;
      if (goes) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration)));
    observer.observe({ type: "longtask" });
    Object.assign(window, {
      measurement: () => {
        goes = false;
        observer.disconnect();
        return { frames, tasks, most };
      },
    });
  });
  const before = await scriptSeconds();
  await during();
  const script = (await scriptSeconds()) - before;
  const { frames, tasks, most } = await page.evaluate(() =>
    (window as unknown as { measurement: () => { frames: number[]; tasks: number[]; most: number } }).measurement(),
  );
  const sorted = [...frames].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  const heapMb = await page.evaluate(
    () => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize / 1e6,
  );
  return {
    framesPerSecond: 1_000 / at(0.5),
    slowFrameMs: at(0.99),
    longestTaskMs: Math.max(0, ...tasks),
    longTasks: tasks.length,
    scriptSeconds: script,
    heapMb,
    most,
  };
}

test("J2 a log of 100,000 lines that grows by 500 lines a second stays smooth", { timeout: 240_000 }, async () => {
  const robot = await server.robot("Long", hello);
  await server.play(robot.id);
  const running = await agent.take();
  const renewal = setInterval(() => void agent.renew([running.id]).catch(() => {}), 5_000);
  try {
    await running.send(step(1, "Long loop", { type: "for" }));
    for (let round = 0; round < held / 1_000; round += 1) {
      const lines = Array.from({ length: 1_000 }, (_, index) => log(`line ${round * 1_000 + index + 1}`, { step: 1 }));
      await running.send(...lines);
    }
    const { page, wrong } = await open(server, `/jobs/${running.id.jobId}`);
    const region = page.getByRole("region", { name: "Log" });
    const rows = region.getByRole("listitem");
    const last = (n: number) => region.locator(".text").filter({ hasText: new RegExp(`^line ${n}$`) });
    await last(held).waitFor({ timeout: 60_000 });
    const list = region.getByRole("list");
    await list.hover();

    const figures = await measured(page, async () => {
      const begin = Date.now();
      let sent = 0;
      let wheels = 0;
      // Following, then reading up and down with the wheel while lines go on coming.
      while (sent < perSecond * seconds) {
        const due = Math.min(perSecond * seconds, Math.floor(((Date.now() - begin) / 1_000) * perSecond));
        if (due > sent) {
          const lines = Array.from({ length: due - sent }, (_, index) =>
            log(`line ${held + sent + index + 1}`, { step: 1 }),
          );
          sent = due;
          await running.send(...lines);
        }
        if (Date.now() - begin > 3_000) {
          wheels += 1;
          await page.mouse.wheel(0, Math.floor(wheels / 10) % 2 === 0 ? -600 : 500);
        }
        // As often as a hand turns a wheel at the most.
        await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
      }
    });
    console.log("J2", JSON.stringify(figures));
    await list.focus();
    await page.keyboard.press("End");
    await last(held + perSecond * seconds).waitFor();
    await expect.poll(() => rows.last().getAttribute("aria-setsize")).toBe(String(held + perSecond * seconds));
    expect(figures.most).toBeGreaterThan(10);
    expect(figures.most).toBeLessThanOrEqual(120);
    expect(figures.scriptSeconds).toBeLessThanOrEqual(1.2);
    expect(figures.heapMb).toBeLessThan(150);
    expect(figures.framesPerSecond).toBeGreaterThanOrEqual(55);
    expect(wrong).toEqual([]);
  } finally {
    clearInterval(renewal);
  }
});
