// A page for everyone (Proofs U): longer words, no motion, forced colours, four times the size, names for who hears it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { wholeModule } from "../scripts/icu.mjs";
import {
  Arkwright,
  closeBrowser,
  ended,
  hello,
  log,
  open,
  repository,
  step,
  violations,
  type Watched,
} from "./harness";
import { cutWithoutTooltip, latinWords, overlaps } from "./layout";

let server: Arkwright;

beforeEach(async () => {
  // What executes here is never heard from again, and stays as it is.
  server = await Arkwright.start({ limits: { silent_ms: 600_000, lost_ms: 900_000 } });
});
afterEach(async () => {
  await server.end();
});
afterAll(closeBrowser);

// All that is data is written in another alphabet: what is left of Latin letters is the page's own.
const payInvoices = `*** Variables ***
# Поставщик
# Как в счёте.
\${П: str}    \${EMPTY}
# Предел
\${Л: float}    1500
# Сообщить
\${М: bool}    \${True}
# Срок
\${Д: date}    2026-11-30
# Порядок
\${В: Literal["тихо", "быстро"]}    тихо
# Пароль
\${С: Secret}    \${EMPTY}

*** Tasks ***
Платить
    Log    \${П}
`;

async function furnished() {
  await server.ask("PATCH", "/me", { name: "Анна" });
  const agent = await server.scripted("КАССА-2", { slots: 4 });
  const robot = await server.robot("Оплатить счета поставщиков", payInvoices);
  const other = await server.robot("Отчёт", hello);
  await server.ask("PATCH", `/robots/${other.id}`, { description: "Каждое утро в семь часов", favourite: true });
  await server.play(other.id);
  const failed = await agent.take();
  await failed.send(
    step(1, "Задача", { type: "task" }),
    step(2, "Нажать", { parent: 1, line: 4 }),
    log("Кнопка не найдена", { level: "error", step: 2 }),
    ended(2, "fail", { message: "Кнопка не найдена" }),
    ended(1, "fail"),
  );
  await failed.finish({ kind: "failed", failure: "robot", message: "Кнопка не найдена", step: "Нажать", ranMs: 3_000 });
  await server.play(other.id);
  const executing = await agent.take();
  await executing.send(step(1, "Открыть"), log("Открывается"), log("Медленно", { level: "warn" }), {
    kind: "gap",
    count: 3,
    reason: "disk_full",
  });
  const third = await server.robot("Зарплата", hello);
  const waiting = await server.play(third.id, [], { agentLabel: "nowhere" });
  const job = (id: string) => `/jobs/${id}`;
  return {
    agent,
    robot: robot.id,
    executing: job(executing.id.jobId),
    failed: job(failed.id.jobId),
    waiting: job(waiting.id),
    computer: `/computers/${agent.agentId}`,
  };
}

type Ids = Awaited<ReturnType<typeof furnished>>;

const pagesOf = (ids: Ids): string[] => [
  "/robots",
  `/robots/${ids.robot}`,
  `/robots/${ids.robot}?play`,
  `/robots/${ids.robot}/versions`,
  `/robots/${ids.robot}/settings`,
  `/robots/${ids.robot}/edit`,
  "/robots/new",
  ids.executing,
  ids.failed,
  ids.waiting,
  "/jobs",
  "/jobs?q=%D0%BD%D0%B5%D1%82",
  "/computers",
  "/computers?pair",
  ids.computer,
  "/account",
  "/admin/users",
  "/admin/audit",
  "/nothing-here",
];

async function stands(page: Watched["page"], path: string): Promise<void> {
  await page.goto(server.url + path);
  await page.locator("h1").first().waitFor();
  await page.waitForLoadState("networkidle");
  if (path.includes("?p")) await page.getByRole("dialog").locator("input, code").first().waitFor();
}

/** English as a language that nobody speaks: every letter with a mark, every word two fifths longer. */
function pseudo(words: string): string {
  const marked = (letter: string) => `${letter}\u0301`.normalize("NFC").replace(/^([A-Za-z])\u0301$/, "$1\u0323");
  return words.replace(/[A-Za-z]+/g, (word) => {
    const longer = word + "eoaui".repeat(9).slice(0, Math.ceil(word.length * 0.4));
    return [...longer].map(marked).join("").normalize("NFC");
  });
}

async function inPseudo({ context }: Pick<Watched, "context">): Promise<void> {
  const texts = JSON.parse(readFileSync(join(repository, "web/messages/en.json"), "utf8"));
  const body = wholeModule(texts, pseudo);
  // It takes the place of German: English comes with the page itself.
  await context.route(/\/assets\/de-(core|rest)-[^/]*\.js$/, (route) =>
    route.fulfill({ contentType: "text/javascript", body }),
  );
}

test("U1 in a language of longer words nothing overlaps or is cut at 360 px, and no English is left", {
  timeout: 300_000,
}, async () => {
  const ids = await furnished();
  const { page, context } = await open(server, "/sign-in", {
    signedIn: false,
    locale: "de-DE",
    viewport: { width: 360, height: 740 },
  });
  await stands(page, "/sign-in");
  expect(await latinWords(page)).toContain("Passwort");
  await inPseudo({ context });
  const found: string[] = [];
  const look = async (path: string) => {
    const all = { overlaps: await overlaps(page), cut: await cutWithoutTooltip(page), words: await latinWords(page) };
    for (const [kind, those] of Object.entries(all)) found.push(...those.map((one) => `${path}: ${kind}: ${one}`));
    if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) found.push(`${path}: sideways`);
  };
  for (const path of ["/sign-in", "/welcome", "/invite"]) {
    await stands(page, path);
    await look(path);
  }
  await context.addCookies([{ ...server.cookie, url: server.url, httpOnly: true, sameSite: "Lax" }]);
  for (const path of pagesOf(ids)) {
    await stands(page, path);
    await look(path);
  }
  await stands(page, "/robots");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").waitFor();
  await look("palette");
  await page.keyboard.press("Escape");
  await page.getByRole("combobox").waitFor({ state: "detached" });
  await page.keyboard.press("?");
  await page.getByRole("dialog").getByRole("table").waitFor();
  await look("keys");
  expect(found).toEqual([]);
});

test("U2 who wants no motion sees none", async () => {
  const ids = await furnished();
  const moving = (page: Watched["page"]) =>
    page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === "running").length);
  for (const path of ["/robots", ids.executing, "/jobs"]) {
    const lively = await open(server, path, { reducedMotion: "no-preference" });
    await lively.page.locator("main .sign.executing").first().waitFor();
    await expect.poll(() => moving(lively.page), { message: path }).toBeGreaterThan(0);
    const calm = await open(server, path, { reducedMotion: "reduce" });
    await calm.page.locator("main .sign.executing").first().waitFor();
    await calm.page.waitForLoadState("networkidle");
    expect(await moving(calm.page), path).toBe(0);
    await calm.page.getByRole("button", { name: "Account of" }).click();
    expect(await moving(calm.page), path).toBe(0);
  }
});

test("U3 in forced colours what is chosen, pressed or alive can still be told", { timeout: 120_000 }, async () => {
  const ids = await furnished();
  const { page } = await open(server, "/robots", { forcedColors: "active" });
  /** Whether it has the colours that the system gives to what is chosen. */
  const stood = (selector: string) =>
    page.evaluate((selector) => {
      const probe = document.createElement("span");
      probe.style.cssText = "forced-color-adjust: none; background: Highlight; color: HighlightText";
      document.body.append(probe);
      const element = document.querySelector(selector);
      const { backgroundColor, color } = getComputedStyle(probe);
      const own = element && getComputedStyle(element);
      probe.remove();
      return own ? own.backgroundColor === backgroundColor && own.color === color : `no ${selector}`;
    }, selector);
  /** Whether a sign that is a surface alone has another colour than what it stands on. */
  const alive = (selector: string) =>
    page.evaluate((selector) => {
      const element = document.querySelector(selector);
      if (!element) return `no ${selector}`;
      const clear = (colour: string) => /^rgba\(.*, 0\)$|transparent/.test(colour);
      let ground = element.parentElement;
      while (ground?.parentElement && clear(getComputedStyle(ground).backgroundColor)) ground = ground.parentElement;
      const { backgroundColor } = getComputedStyle(element);
      return !clear(backgroundColor) && ground && backgroundColor !== getComputedStyle(ground).backgroundColor;
    }, selector);

  await stands(page, "/robots");
  expect(await stood("nav.wide a[aria-current]"), "page").toBe(true);
  expect(await stood("nav.wide a:not([aria-current])"), "other page").toBe(false);
  expect(await stood(".segments [aria-pressed=true]"), "segment").toBe(true);
  expect(await stood(".segments [aria-pressed=false]"), "other segment").toBe(false);
  expect(await alive("header .dot"), "computers online").toBe(true);
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Control+k");
  await page.getByRole("option").first().waitFor();
  expect(await stood("[role=option][aria-selected=true]"), "palette").toBe(true);
  await page.keyboard.press("Escape");
  await stands(page, ids.executing);
  expect(await stood(".segments [aria-pressed=true]"), "level").toBe(true);
  expect(await stood("[role=tab][aria-selected=true]"), "tab").toBe(true);
  await page.getByRole("treeitem").first().click();
  await page.keyboard.press("Tab");
  expect(await violations(page)).toEqual([]);
  await stands(page, "/computers");
  expect(await violations(page)).toEqual([]);
  await stands(page, `/robots/${ids.robot}?play`);
  expect(await violations(page)).toEqual([]);
  const main = page.getByRole("dialog").getByRole("button", { name: /^Start/ });
  expect(await main.evaluate((button) => getComputedStyle(button).borderTopStyle)).toBe("solid");
});

test("U4 four times as large, 320 px wide, nothing scrolls sideways and nothing lies over another", {
  timeout: 240_000,
}, async () => {
  const ids = await furnished();
  const { page, wrong } = await open(server, "/robots", { viewport: { width: 320, height: 256 } });
  const found: string[] = [];
  for (const path of pagesOf(ids)) {
    await stands(page, path);
    if (await page.evaluate(() => document.documentElement.scrollWidth > 320)) found.push(`${path}: sideways`);
    found.push(...(await overlaps(page)).map((pair) => `${path}: ${pair}`));
    found.push(...(await violations(page)).map((violation) => `${path}: ${violation}`));
  }
  expect(found).toEqual([]);
  // A dialog keeps its buttons in sight.
  await stands(page, `/robots/${ids.robot}?play`);
  const start = page.getByRole("dialog").getByRole("button", { name: /^Start/ });
  const box = await start.boundingBox();
  expect(box && box.y >= 0 && box.y + box.height <= 256).toBe(true);
  expect(wrong.filter((text) => !text.includes("404"))).toEqual([]);
});

/** What a screen reader is told, without what differs from one time to the next. */
async function heard(page: Watched["page"]): Promise<string> {
  const tree = await page.locator("body").ariaSnapshot();
  return tree
    .replace(/just now|\d+ min ago/g, "TIME AGO")
    .replace(/\d+(\.\d+)? (ms|s)\b/g, "DURATION")
    .replace(/\d\d:\d\d(:\d\d)?(\.\d+)?/g, "TIME")
    .replace(/[0-9a-f]{24}/g, "ID")
    .replace(/127\.0\.0\.1(:\d+)?/g, "ADDRESS");
}

test("U5 what a screen reader hears of each page", { timeout: 240_000 }, async () => {
  const ids = await furnished();
  const { page } = await open(server, "/robots");
  const named: Record<string, string> = {
    robots: "/robots",
    robot: `/robots/${ids.robot}`,
    play: `/robots/${ids.robot}?play`,
    settings: `/robots/${ids.robot}/settings`,
    "new-robot": "/robots/new",
    executing: ids.executing,
    failed: ids.failed,
    waiting: ids.waiting,
    jobs: "/jobs",
    computers: "/computers",
    users: "/admin/users",
  };
  for (const [name, path] of Object.entries(named)) {
    await stands(page, path);
    const tree = await heard(page);
    expect(tree, path).not.toMatch(/- (button|link|textbox|combobox|checkbox|radio|tab|menuitem|searchbox)(:| \[|$)/m);
    await expect(tree).toMatchFileSnapshot(`names/${name}.txt`);
  }
});
