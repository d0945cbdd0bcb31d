// The page of a job (Proofs J).

import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  Arkwright,
  anna,
  closeBrowser,
  ended,
  hello,
  log,
  open,
  type Running,
  type ScriptedAgent,
  step,
  until,
  type Watched,
  watch,
  withoutSocket,
} from "./harness";

let server: Arkwright;
let agent: ScriptedAgent;
type Page = Watched["page"];
const lines = (page: Page) => page.getByRole("region", { name: "Log" }).getByRole("listitem");
const texts = (page: Page) => page.getByRole("region", { name: "Log" }).locator(".text").allInnerTexts();

async function executing(): Promise<Running> {
  const robot = await server.robot(`Robot ${Math.random()}`, hello);
  await server.play(robot.id);
  return agent.take();
}

afterEach(async () => {
  await server.end();
});
afterAll(closeBrowser);

describe("with the usual limits", () => {
  beforeEach(async () => {
    server = await Arkwright.start();
    agent = await server.scripted("FINANCE-2", { slots: 4 });
  });

  test("J1 after play the first step is visible within a second of its event", async () => {
    const robot = await server.robot("Hello", hello);
    const { page, wrong } = await open(server, `/robots/${robot.id}?play`);
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Start/ })
      .click();
    await page.getByRole("heading", { name: "Job 1" }).waitFor();
    const running = await agent.take();
    await running.send(
      step(1, "Suite", { type: "suite" }),
      step(2, "Task", { type: "task", parent: 1 }),
      step(3, "Open SAP", { parent: 2 }),
      log("Opening", { step: 3 }),
    );
    await page.getByRole("treeitem", { name: "Step Open SAP: executing" }).waitFor({ timeout: 1_000 });
    await lines(page).filter({ hasText: "Opening" }).waitFor({ timeout: 1_000 });
    expect(await page.title()).toContain("Open SAP");
    await running.send(ended(3), ended(2), ended(1));
    await running.finish({ kind: "success", ranMs: 50 });
    await page.getByText("Success", { exact: true }).first().waitFor({ timeout: 1_000 });
    await page.getByRole("treeitem", { name: "Step Open SAP: passed" }).waitFor();
    expect(wrong).toEqual([]);
  });

  test("J3 order and count of lines are the server's after a cut and after a restart of the server", {
    timeout: 120_000,
  }, async () => {
    const running = await executing();
    const line = await server.line();
    const { page } = await open(server, `/jobs/${running.id.jobId}`, { through: line });
    const numbers = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, index) => log(`line ${from + index}`));
    await running.send(...numbers(1, 20));
    await lines(page)
      .filter({ hasText: /line 20$/ })
      .waitFor();
    line.cut();
    await running.send(...numbers(21, 700));
    line.mend();
    await lines(page)
      .filter({ hasText: /line 700$/ })
      .waitFor({ timeout: 30_000 });
    await server.stop();
    await server.serve();
    await agent.comeBack([{ ...running.id, state: "running", lastSeq: 700 }]);
    await running.send(...numbers(701, 730));
    await lines(page)
      .filter({ hasText: /line 730$/ })
      .waitFor({ timeout: 30_000 });
    await expect.poll(() => lines(page).last().getAttribute("aria-setsize")).toBe("730");
    const shown = await texts(page);
    const first = Number(shown[0]?.replace("line ", ""));
    expect(shown).toEqual(Array.from({ length: shown.length }, (_, index) => `line ${first + index}`));
    await page.getByRole("region", { name: "Log" }).getByRole("list").focus();
    await page.keyboard.press("Home");
    await lines(page)
      .filter({ hasText: /line 1$/ })
      .waitFor();
  });

  test("J4 a gap is a row that says how many lines and why, and is counted in the head", async () => {
    const running = await executing();
    const { page } = await open(server, `/jobs/${running.id.jobId}`);
    await running.send(log("before"), { kind: "gap", count: 12, reason: "disk_full" }, log("after"), {
      kind: "gap",
      reason: "disk_lost",
    });
    await running.send({ kind: "gap", reason: "server_lost" });
    await lines(page).filter({ hasText: "12 lines are missing here: the disk of FINANCE-2 was full" }).waitFor();
    await lines(page).filter({ hasText: "Lines are missing here: the disk of FINANCE-2 lost them" }).waitFor();
    await lines(page).filter({ hasText: "the server lost them when it was put back to an earlier time" }).waitFor();
    await page.getByText("12 lines missing").first().waitFor();
    const shown = ["before", "12 lines", "after", "Lines ar", "Lines ar"];
    expect((await texts(page)).map((text) => text.slice(0, 8))).toEqual(shown);
  });

  test("J4 what the page missed is a row until it has come", async () => {
    const running = await executing();
    const { page, context } = await open(server, `/jobs/${running.id.jobId}`);
    await running.send(log("one"));
    await lines(page).filter({ hasText: "one" }).waitFor();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await context.route("**/events?**", async (route) => {
      await held;
      await route.continue();
    });
    await page.evaluate(() => {
      // A batch that never arrived, as the wire would lose it.
      const original = JSON.parse;
      let lost = false;
      JSON.parse = (text: string, ...rest) => {
        const value = original(text, ...rest);
        if (!lost && Array.isArray(value) && value[0] === "events" && value[1]?.first === 2) {
          lost = true;
          return ["nothing", {}];
        }
        return value;
      };
    });
    await running.send(log("two"));
    await running.send(log("three"));
    await lines(page).filter({ hasText: "Loading lines 2–2…" }).waitFor();
    release();
    await lines(page).filter({ hasText: "two" }).waitFor();
    await expect.poll(() => texts(page)).toEqual(["one", "two", "three"]);
  });

  test("J6 Stop a waiting job: at once, no question", async () => {
    const robot = await server.robot("Hello", hello);
    await server.ask("PATCH", `/robots/${robot.id}`, { labels: ["nowhere"] });
    const job = await server.play(robot.id);
    const { page } = await open(server, `/jobs/${job.id}`);
    await page.getByText("No computer has the label nowhere.").waitFor();
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByText("Cancelled by Anna before it started.").waitFor();
  });

  test("J6 Stop an executing job, then its own step to Kill, Kill now, and Stop too late", async () => {
    const running = await executing();
    const { page } = await open(server, `/jobs/${running.id.jobId}`);
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByText(/^Stopping: FINANCE-2 was asked, clean-up may run \(\d+ of 10 s\)\./).waitFor();
    await until("the agent is told", () => agent.cancels.some(({ mode }) => mode === "stop"));
    await page.getByText("Killing: its programs are being ended.").waitFor({ timeout: 15_000 });
    await page.getByRole("button", { name: "Kill now" }).click();
    await page.getByRole("dialog", { name: "Kill job 1?" }).getByRole("button", { name: "Kill job 1" }).click();
    await until("the agent is told", () => agent.cancels.some(({ mode }) => mode === "kill"));
    await running.finish({ kind: "cancelled", how: "kill", ranMs: 1 });
    await page.getByText("Ended at once by Anna.").waitFor();

    const other = await executing();
    const late = await open(server, `/jobs/${other.id.jobId}`);
    await late.page.getByRole("button", { name: "Stop", exact: true }).waitFor();
    // What ended meanwhile is not heard of: nothing that the server pushes reaches this page any more.
    await withoutSocket(late.context);
    await late.page.reload();
    await late.page.getByRole("button", { name: "Stop", exact: true }).waitFor();
    await late.page.getByText("Executing", { exact: true }).first().waitFor();
    await other.finish({ kind: "success", ranMs: 1 });
    await late.page.getByRole("button", { name: "Stop", exact: true }).click();
    await late.page.getByText("It had already ended: Success.").first().waitFor();
  });

  test("J7 failed first: the card, the right step open, N goes there", async () => {
    const running = await executing();
    await running.send(
      step(1, "Suite", { type: "suite" }),
      step(2, "Task", { type: "task", parent: 1 }),
      step(3, "Read the list", { parent: 2 }),
      ended(3),
      step(4, "Save all", { parent: 2 }),
      step(5, "Click", { parent: 4, line: 14 }),
      log("Button Save not found", { level: "error", step: 5 }),
      ended(5, "fail", { message: "Button Save not found" }),
      ended(4, "fail"),
      ended(2, "fail"),
      ended(1, "fail"),
    );
    await running.finish({
      kind: "failed",
      failure: "robot",
      message: "Button Save not found",
      step: "Click",
      ranMs: 5,
    });
    const { page } = await open(server, `/jobs/${running.id.jobId}`);
    const card = page.getByRole("region", { name: "What failed" });
    await card.getByText("Button Save not found").first().waitFor();
    await card.getByRole("link", { name: "line 14" }).waitFor();
    await page.getByRole("treeitem", { name: "Step Click: failed" }).waitFor();
    await page.keyboard.press("n");
    await page.getByRole("treeitem", { name: "Step Click: failed", selected: true }).waitFor();
    expect(page.url()).toContain("step=5");
  });

  test("J8 follow: off on scrolling up, the count is right, End brings it back", async () => {
    const running = await executing();
    const { page } = await open(server, `/jobs/${running.id.jobId}`);
    await running.send(...Array.from({ length: 200 }, (_, index) => log(`line ${index + 1}`)));
    await lines(page)
      .filter({ hasText: /line 200$/ })
      .waitFor();
    const list = page.getByRole("region", { name: "Log" }).getByRole("list");
    await list.hover();
    await page.mouse.wheel(0, -900);
    await page.getByRole("button", { name: "Follow", pressed: false }).waitFor();
    const before = (await texts(page))[12];
    await running.send(...Array.from({ length: 31 }, (_, index) => log(`line ${201 + index}`)));
    await page.getByRole("button", { name: "31 new" }).waitFor();
    expect((await texts(page))[12]).toBe(before);
    await list.focus();
    await page.keyboard.press("End");
    await lines(page)
      .filter({ hasText: /line 231$/ })
      .waitFor();
    await page.getByRole("button", { name: "Follow", pressed: true }).waitFor();
  });

  test("J9 each reason to wait is a sentence with its button", async () => {
    const robot = await server.robot("Hello", hello);
    const job = await server.play(robot.id, [], { agentLabel: "nowhere" });
    const stored = await server.ask<object>("GET", `/jobs/${job.id}`);
    const time = "2026-11-24T08:12:00.000Z";
    const cases: [string, object, RegExp, string | undefined][] = [
      ["server_stopping", {}, /The server is about to restart/, undefined],
      ["offered", { computer: "A", until: time }, /It is offered to A, which has until/, undefined],
      ["no_agent", {}, /You have paired no computer yet\./, "Pair a computer"],
      [
        "agents_offline",
        { n: 2, computer: "A", time },
        /None of the 2 computers that fit is online\. A was last heard/,
        "Show computers",
      ],
      ["label_missing", { label: "sap" }, /No computer has the label sap\./, "Edit labels"],
      ["wanted_removed", { computer: "A" }, /It was asked for A, which has been removed\./, "Play elsewhere"],
      ["wanted_offline", { computer: "A", time }, /It was asked for A, which has been offline since/, "Play elsewhere"],
      ["slots_busy", { n: 1, computer: "A" }, /The slot of A is busy\./, "Show what is executing"],
      ["queued_behind", { n: 3 }, /3 jobs are before this one\./, "Show the queue"],
      ["agent_paused", { computer: "A", agentId: "a" }, /A is paused\./, "Resume"],
      ["not_ready", { computer: "A", check: "Disk full" }, /A is not ready: Disk full\./, "How to mend"],
      [
        "declined",
        { computer: "A", reason: "disk_full", until: time },
        /A did not take it: its disk is full\./,
        "How to mend",
      ],
      ["of_tomorrow", {}, /The moon is full\./, undefined],
    ];
    const { page, context } = await open(server, "/account");
    await withoutSocket(context);
    let now = cases[0];
    await context.route(`**/api/v1/jobs/${job.id}`, (route) =>
      route.fulfill({
        json: {
          ...stored,
          rev: 1_000,
          asOf: "2099-01-01T00:00:00.000Z",
          whyWaiting: { code: now?.[0], message: "the moon is full", args: now?.[1] },
        },
      }),
    );
    for (const one of cases) {
      now = one;
      const [, , sentence, button] = one;
      await page.goto(`${server.url}/jobs/${job.id}`);
      const why = page.locator("p").filter({ hasText: sentence });
      await why.waitFor();
      const offered = await why.locator("a, button").allInnerTexts();
      expect(offered).toEqual(button === undefined ? [] : [button]);
    }
  });

  test("J10 an address with step and line shows that place again", async () => {
    const running = await executing();
    await running.send(
      step(1, "Long", {}),
      ...Array.from({ length: 500 }, (_, index) => log(`line ${index + 1}`, { step: 1 })),
    );
    const { page } = await open(server, `/jobs/${running.id.jobId}?step=1&line=101`);
    await page.getByRole("region", { name: "Line 101" }).getByText("line 100").waitFor();
    await lines(page)
      .filter({ hasText: /line 100$/ })
      .waitFor();
    await page.getByRole("treeitem", { name: /Step Long/, selected: true }).waitFor();
  });

  test("J11 a hostile line is text", async () => {
    const running = await executing();
    const { page, wrong } = await open(server, `/jobs/${running.id.jobId}`);
    const hostile = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>';
    await running.send(
      step(1, hostile, { args: [hostile] }),
      log(hostile),
      log(`nul \u0000 bell \u0007 right-to-left \u202etxt.exe`),
      log("x".repeat(60_000)),
      log("\u001b[31mred\u001b[0m"),
      { kind: "output", stream: "stdout", text: hostile },
      { kind: "note", code: "x", text: hostile },
    );
    await lines(page).filter({ hasText: "nul ␀ bell ␇ right-to-left ⟨U+202E⟩txt.exe" }).waitFor();
    await expect.poll(() => lines(page).filter({ hasText: hostile }).count()).toBe(3);
    expect(await page.evaluate(() => "hurt" in window)).toBe(false);
    await lines(page).filter({ hasText: "xxxx" }).click();
    await expect
      .poll(() =>
        page
          .locator("pre")
          .innerText()
          .then((text) => text.length),
      )
      .toBe(60_000);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1280);
    expect(wrong).toEqual([]);
  });

  test("J13 another person opening the link gets nothing here", async () => {
    const running = await executing();
    server.owner({ name: "Ben", email: "ben@example.org", password: anna.password });
    await server.signIn({ email: "ben@example.org", password: anna.password });
    const { page } = await open(server, `/jobs/${running.id.jobId}`);
    await page.getByText("There is nothing here, or it is not yours.").waitFor();
  });

  test("J14 two pages of one job show the same", async () => {
    const running = await executing();
    const first = await open(server, `/jobs/${running.id.jobId}`);
    await running.send(step(1, "One"), ...Array.from({ length: 40 }, (_, index) => log(`line ${index + 1}`)));
    const second = await watch(first.context, server.url, `/jobs/${running.id.jobId}`);
    await running.send(ended(1), step(2, "Two"), log("line 41"));
    for (const { page } of [first, second])
      await lines(page)
        .filter({ hasText: /line 41$/ })
        .waitFor();
    const view = async (page: Page) => ({
      steps: await page
        .getByRole("treeitem")
        .evaluateAll((items) => items.map((item) => item.getAttribute("aria-label"))),
      lines: await texts(page),
    });
    await expect.poll(() => view(second.page)).toEqual(await view(first.page));
  });

  test("a secret's job is played again with its secret asked for alone", async () => {
    const robot = await server.robot(
      "Secret",
      "*** Variables ***\n# Key\n${KEY: Secret}    ${EMPTY}\n*** Tasks ***\nT\n    Log    x\n",
    );
    await server.play(robot.id, [{ name: "KEY", value: "hunter2hunter2" }]);
    const running = await agent.take();
    expect(running.secrets).toEqual([{ name: "KEY", value: "hunter2hunter2" }]);
    await running.finish({ kind: "success", ranMs: 1 });
    const { page } = await open(server, `/jobs/${running.id.jobId}`);
    await page.getByRole("button", { name: "Play again" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.locator("input[type=password]").fill("another-secret");
    await dialog.getByRole("button", { name: /^Start/ }).click();
    await page.getByRole("heading", { name: "Job 2" }).waitFor();
    await page.getByRole("link", { name: "again after job 1" }).waitFor();
    expect((await agent.take()).secrets).toEqual([{ name: "KEY", value: "another-secret" }]);
  });
});

describe("with short limits", () => {
  beforeEach(async () => {
    server = await Arkwright.start({ limits: { renew_ms: 500, silent_ms: 2_000, lost_ms: 7_000, sweep_ms: 200 } });
    agent = await server.scripted("FINANCE-2");
  });

  test("J5 silence: nothing before the notice, the notice, the decision, the late truth", {
    timeout: 60_000,
  }, async () => {
    const running = await executing();
    const keep = setInterval(() => void agent.renew([running.id]).catch(() => {}), 500);
    const { page } = await open(server, `/jobs/${running.id.jobId}`);
    await running.send(step(1, "Open SAP"), log("working"));
    await lines(page).filter({ hasText: "working" }).waitFor();
    expect(await page.getByText(/has been silent/).count()).toBe(0);
    clearInterval(keep);
    await page
      .getByText(/^FINANCE-2 has been silent for \d+ s\. The robot may still be working\. Decision in \d+ s\./)
      .waitFor({ timeout: 10_000 });
    await page.getByText(/FINANCE-2 holds what came after this; it is sent when it is back/).waitFor();
    await page.getByText("Failed", { exact: true }).first().waitFor({ timeout: 20_000 });
    await page.getByText(/It was not started again\./).waitFor();
    await agent.comeBack([{ ...running.id, state: "ended", lastSeq: 3 }]);
    await running.send(log("the rest"));
    await running.finish({ kind: "success", ranMs: 9 });
    await page.getByText(/^Reported late: Success at .* Its log is complete\./).waitFor();
    await page.getByText("Failed", { exact: true }).first().waitFor();
    await lines(page).filter({ hasText: "the rest" }).waitFor();
    await page.getByRole("button", { name: "Play again" }).click();
    await page.getByRole("dialog", { name: "Look before you repeat it" }).waitFor();
  });

  test("J6 Stop with a silent computer is kept", { timeout: 60_000 }, async () => {
    const running = await executing();
    const { page } = await open(server, `/jobs/${running.id.jobId}`);
    await page.getByRole("button", { name: "Stop", exact: true }).waitFor();
    agent.vanish();
    await page.getByText(/has been silent/).waitFor({ timeout: 10_000 });
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page
      .getByText(/^Stop is kept and carried out when FINANCE-2 is back; until then the robot may go on\./)
      .waitFor({ timeout: 5_000 });
  });

  test("J12 the end is said at once, steps at most one in five seconds", { timeout: 60_000 }, async () => {
    const running = await executing();
    const keep = setInterval(() => void agent.renew([running.id]).catch(() => {}), 500);
    const { page } = await open(server, `/jobs/${running.id.jobId}`);
    await page.getByText("Executing", { exact: true }).first().waitFor();
    await page.evaluate(() => {
      const said: string[] = [];
      Object.assign(window, { said });
      for (const live of document.querySelectorAll("[aria-live][aria-atomic]")) {
        new MutationObserver(() => said.push(live.textContent ?? "")).observe(live, {
          childList: true,
          characterData: true,
          subtree: true,
        });
      }
    });
    for (let n = 1; n <= 6; n += 1) await running.send(step(n, `Step ${n}`), ended(n));
    await lines(page)
      .first()
      .waitFor({ state: "attached", timeout: 100 })
      .catch(() => {});
    await running.finish({ kind: "success", ranMs: 5 });
    clearInterval(keep);
    await until("the end is said", () =>
      page.evaluate(() => (window as unknown as { said: string[] }).said.some((text) => text.includes("Success"))),
    );
    const said = await page.evaluate(() => (window as unknown as { said: string[] }).said);
    expect(said.filter((text) => text.startsWith("Step")).length).toBeLessThanOrEqual(1);
  });
});
