// What a page tells that nobody looks at (Proofs N): its title and its sign in the tab, notices on the page, and the
// browser's own notifications. The centre that shows those is the far end: what it is asked for is written down.

import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import {
  Arkwright,
  anna,
  closeBrowser,
  ended,
  hello,
  open,
  step,
  until,
  violations,
  type Watched,
  watch,
} from "./harness";

let server: Arkwright;

beforeEach(async () => {
  server = await Arkwright.start();
});
afterEach(async () => {
  await server.end();
});
afterAll(closeBrowser);

const sign = (page: Watched["page"]) => page.locator("link[rel=icon]").getAttribute("href");
const notices = (page: Watched["page"]) => page.getByRole("region", { name: "Notices" });

async function failing(name: string) {
  const robot = await server.robot(name, hello);
  const agent = await server.scripted("FINANCE-2");
  const job = await server.play(robot.id);
  const running = await agent.take();
  await running.send(step(1, "Open SAP"));
  const fail = async () => {
    await running.send(ended(1, "fail", { message: "Button Save not found" }));
    await running.finish({
      kind: "failed",
      failure: "robot",
      message: "Button Save not found",
      step: "Open SAP",
      ranMs: 3,
    });
  };
  return { robot, agent, job, fail };
}

/** Everything that the pages of this browser ask of the centre of notifications, and of the person's permission. */
async function centre({ context }: Pick<Watched, "context">, answer: NotificationPermission) {
  const shown: { title: string; body: string; tag: string }[] = [];
  let asked = 0;
  await context.exposeFunction("centreShows", (title: string, body: string, tag: string) => {
    shown.push({ title, body, tag });
  });
  await context.exposeFunction("centreAsks", () => {
    asked += 1;
  });
  await context.addInitScript((answer) => {
    const far = window as unknown as {
      centreShows: (title: string, body: string, tag: string) => void;
      centreAsks: () => Promise<void>;
      last: EventTarget;
    };
    const given = "given permission";
    class Centre extends EventTarget {
      onclick: (() => void) | undefined;
      constructor(title: string, options: { body: string; tag: string }) {
        super();
        far.centreShows(title, options.body, options.tag);
        far.last = this;
        this.addEventListener("click", () => this.onclick?.());
      }
      static get permission() {
        return localStorage.getItem(given) ?? "default";
      }
      static async requestPermission() {
        await far.centreAsks();
        localStorage.setItem(given, answer);
        return answer;
      }
      close() {}
    }
    Object.defineProperty(window, "Notification", { value: Centre, configurable: true });
  }, answer);
  return { shown, asked: () => asked };
}

/** The page behind another window, or before it again. */
async function sight(page: Watched["page"], state: "hidden" | "visible"): Promise<void> {
  await page.evaluate((state) => {
    Object.defineProperty(document, "visibilityState", { get: () => state, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);
}

test("N1 title and sign follow a job, and tell elsewhere what nobody has looked at", async () => {
  const { job, robot, fail } = await failing("Pay invoices");
  const { page, context, wrong } = await open(server, `/jobs/${job.id}`);
  await expect.poll(() => page.title()).toBe("▶ Open SAP · Pay invoices");
  await expect.poll(() => sign(page)).toBe("/icon-executing.svg");

  const other = await watch(context, server.url, "/account");
  await expect.poll(() => other.page.title()).toBe("Account – Arkwright");
  await expect.poll(() => sign(other.page)).toBe("/icon-executing.svg");
  await page.goto(`${server.url}/computers`);
  await page.getByRole("heading", { name: "Computers" }).waitFor();
  await expect.poll(() => sign(page)).toBe("/icon-executing.svg");

  await fail();
  for (const each of [page, other.page]) {
    await expect.poll(() => each.title()).toMatch(/^\(1\) (Computers|Account) – Arkwright$/);
    await expect.poll(() => sign(each)).toBe("/icon-failed.svg");
  }
  await page.reload();
  await expect.poll(() => page.title()).toBe("(1) Computers – Arkwright");

  await page.goto(`${server.url}/jobs/${job.id}`);
  await expect.poll(() => page.title()).toBe("✕ Failed · Pay invoices");
  await expect.poll(() => sign(page)).toBe("/icon-failed.svg");
  await expect.poll(() => other.page.title()).toBe("Account – Arkwright");
  await expect.poll(() => sign(other.page)).toBe("/icon.svg");

  // Ended while no page was open: counted by the next one, and the history shows them all.
  await page.close();
  const again = await server.play(robot.id);
  await expect.poll(() => sign(other.page)).toBe("/icon.svg");
  await until("the page knows the job", () =>
    other.page.evaluate((id) => Object.values(localStorage).some((text) => String(text).includes(id)), again.id),
  );
  await other.page.close();
  await server.ask("POST", `/jobs/${again.id}/cancel`, { mode: "stop" });
  const next = await watch(context, server.url, "/account");
  await expect.poll(() => next.page.title()).toBe("(1) Account – Arkwright");
  expect(await notices(next.page).count()).toBe(0);
  await next.page.getByRole("link", { name: "Jobs" }).first().click();
  await expect.poll(() => next.page.title()).toBe("Jobs – Arkwright");
  expect(wrong).toEqual([]);
});

test("N1 without connection the sign in the tab is grey", { timeout: 90_000 }, async () => {
  const line = await server.line();
  const { page } = await open(server, "/robots", { through: line });
  await page.getByRole("heading", { name: "Robots" }).waitFor();
  await expect.poll(() => sign(page)).toBe("/icon.svg");
  line.cut();
  await expect.poll(() => sign(page), { timeout: 45_000 }).toBe("/icon-away.svg");
});

test("N2 one notification over three pages, none while one of them is in sight", async () => {
  const { job, agent, robot, fail } = await failing("Pay invoices");
  const first = await open(server, "/sign-in", { signedIn: false });
  const { shown } = await centre(first, "granted");
  await first.context.addCookies([{ ...server.cookie, url: server.url, httpOnly: true, sameSite: "Lax" }]);
  await first.page.goto(`${server.url}/jobs/${job.id}`);
  await first.page.getByRole("button", { name: "Tell me when it ends" }).click();
  await first.page.getByText(/^You are told when a job of yours ends/).waitFor();
  expect(await violations(first.page)).toEqual([]);
  const pages = [
    first.page,
    (await watch(first.context, server.url, "/robots")).page,
    (await watch(first.context, server.url, "/account")).page,
  ];
  await pages[2]?.getByRole("checkbox", { name: "Notifications when jobs end", checked: true }).waitFor();
  for (const page of pages) {
    await page.locator("h1").waitFor();
    await page.waitForLoadState("networkidle");
    await sight(page, "hidden");
  }
  await fail();
  for (const page of pages.slice(1)) await expect.poll(() => page.title()).toMatch(/^\(1\)/);
  await expect.poll(() => shown.length).toBe(1);
  expect(shown[0]).toEqual({
    title: "Pay invoices failed: Button Save not found",
    body: "Job 1 · FINANCE-2 · 3 ms",
    tag: `arkwright ${job.id}`,
  });

  // Of the next one a page in sight tells by a notice; the browser is asked for nothing.
  const seeing = pages[1] as Watched["page"];
  await sight(seeing, "visible");
  await server.play(robot.id);
  await (await agent.take()).finish({ kind: "success", ranMs: 3 });
  await notices(seeing).getByText("Pay invoices succeeded").waitFor();
  expect(shown.length).toBe(1);

  // The next press leads to the job, and the wish is kept until it is taken back.
  await sight(seeing, "hidden");
  const third = await server.play(robot.id);
  await (await agent.take()).finish({ kind: "success", ranMs: 3 });
  await expect.poll(() => shown.length).toBe(2);
  expect(shown[1]?.title).toBe("Pay invoices succeeded");
  const clicked = await until("the page that told", async () => {
    for (const page of pages) {
      const told = await page.evaluate(() => {
        const { last } = window as unknown as { last?: EventTarget };
        return last?.dispatchEvent(new Event("click"));
      });
      if (told && page.url().endsWith(third.id)) return page;
    }
    return undefined;
  });
  await clicked.getByRole("heading", { name: "Job 3" }).waitFor();
  const account = await watch(first.context, server.url, "/account");
  await account.page.getByRole("checkbox", { name: "Notifications when jobs end" }).uncheck();
  await sight(account.page, "hidden");
  const before = await account.page.title();
  await server.play(robot.id);
  await (await agent.take()).finish({ kind: "success", ranMs: 3 });
  await expect.poll(() => account.page.title()).not.toBe(before);
  expect(shown.length).toBe(2);
  expect(first.wrong).toEqual([]);
});

test("N3 no page asks for permission without a press; one that is refused says where the switch is", async () => {
  const { job, fail } = await failing("Pay invoices");
  const { page, context, wrong } = await open(server, "/sign-in", { signedIn: false });
  const { shown, asked } = await centre({ context }, "denied");
  await context.addCookies([{ ...server.cookie, url: server.url, httpOnly: true, sameSite: "Lax" }]);
  for (const path of ["/robots", "/jobs", "/computers", "/account", "/admin/users", `/jobs/${job.id}`]) {
    await page.goto(server.url + path);
    await page.locator("h1").waitFor();
    await page.waitForLoadState("networkidle");
  }
  expect(asked()).toBe(0);
  const button = page.getByRole("button", { name: "Tell me when it ends" });
  await button.click();
  await page.getByText(/^This browser does not allow notifications from here/).waitFor();
  expect(asked()).toBe(1);
  await expect.poll(() => button.getAttribute("aria-pressed")).toBe("false");
  await page.goto(`${server.url}/account`);
  await page.getByText(/^This browser does not allow notifications from here/).waitFor();
  const box = page.getByRole("checkbox", { name: "Notifications when jobs end" });
  await box.click();
  await expect.poll(() => box.isChecked()).toBe(false);
  expect(asked()).toBe(1);
  await sight(page, "hidden");
  await fail();
  await expect.poll(() => page.title()).toBe("(1) Account – Arkwright");
  expect(shown).toEqual([]);
  expect(wrong).toEqual([]);
});

test("N3 on a plain http address it says that notifications need https", async () => {
  const { page } = await open(server, "/sign-in", { signedIn: false });
  // The same server by an address that browsers do not count as this computer.
  await page.goto(`${server.url.replace("127.0.0.1", "0.0.0.0")}/sign-in?to=%2Faccount`);
  await page.getByLabel("E-mail").fill(anna.email);
  await page.locator('input[name="password"]').fill(anna.password);
  await page.keyboard.press("Enter");
  await page.getByText(/^Browsers show notifications only for https addresses/).waitFor();
  const box = page.getByRole("checkbox", { name: "Notifications when jobs end" });
  await box.click();
  await expect.poll(() => box.isChecked()).toBe(false);
});

test("N4 a notice is reached by F6, waits while somebody is in it, and leads to what happened", async () => {
  const { fail } = await failing("Pay invoices");
  const { page, wrong } = await open(server, "/robots");
  const link = page.getByRole("link", { name: "Pay invoices" });
  await page.clock.install();
  await link.focus();
  await fail();
  await notices(page).getByText("Pay invoices failed: Button Save not found").waitFor();
  await expect
    .poll(() => page.locator("[aria-live=polite]").first().innerText())
    .toContain("Pay invoices failed: Button Save not found");
  expect(await violations(page)).toEqual([]);
  const focus = () => page.evaluate(() => document.activeElement?.textContent?.trim());
  await page.keyboard.press("F6");
  expect(await focus()).toBe("Show");
  await page.clock.runFor(30_000);
  expect(await notices(page).getByRole("group").count()).toBe(1);
  await page.keyboard.press("F6");
  expect(await focus()).toBe("Pay invoices");
  await page.keyboard.press("F6");
  await page.keyboard.press("Escape");
  await notices(page).waitFor({ state: "detached" });
  expect(await focus()).toBe("Pay invoices");

  // Three at most; one that nobody is in goes after eight seconds.
  for (const name of ["One", "Two", "Three", "Four"]) {
    const robot = await server.robot(name, hello);
    await server.ask("DELETE", `/robots/${robot.id}`);
  }
  await notices(page).getByText("Four was deleted elsewhere.").waitFor();
  expect(await notices(page).getByRole("group").locator("p").allInnerTexts()).toEqual([
    "Two was deleted elsewhere.",
    "Three was deleted elsewhere.",
    "Four was deleted elsewhere.",
  ]);
  await page.clock.runFor(7_000);
  expect(await notices(page).getByRole("group").count()).toBe(3);
  await page.clock.runFor(2_000);
  await notices(page).waitFor({ state: "detached" });
  expect(wrong).toEqual([]);
});

test("what this page deleted is no news to it, and what can be undone is offered so", async () => {
  await server.robot("Payroll", hello);
  await server.ask("PATCH", "/me", { settings: { firstSteps: "open" } });
  const { page, wrong } = await open(server, "/robots");
  await page.getByRole("button", { name: "More for Payroll" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete Payroll" }).click();
  await page.getByRole("link", { name: "Payroll" }).waitFor({ state: "detached" });

  await page.getByRole("button", { name: "Dismiss the first steps" }).click();
  await notices(page).getByText("First steps are hidden.").waitFor();
  expect(await notices(page).getByRole("group").count()).toBe(1);
  expect(await page.getByRole("heading", { name: "First steps" }).count()).toBe(0);
  await notices(page).getByRole("button", { name: "Undo" }).click();
  await page.getByRole("heading", { name: "First steps" }).waitFor();
  await notices(page).waitFor({ state: "detached" });
  expect(wrong).toEqual([]);
});

test("notices speak German", async () => {
  const { fail } = await failing("Rechnungen");
  const { page } = await open(server, "/robots", { locale: "de-DE", viewport: { width: 360, height: 740 } });
  await page.getByRole("heading", { name: "Roboter" }).waitFor();
  await fail();
  const region = page.getByRole("region", { name: "Hinweise" });
  await region.getByText("Rechnungen ist fehlgeschlagen: Button Save not found").waitFor();
  await expect.poll(() => page.title()).toBe("(1) Roboter – Arkwright");
  expect(await violations(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await region.getByRole("button", { name: "Anzeigen" }).click();
  await page.getByRole("heading", { name: "Auftrag 1" }).waitFor();
});
