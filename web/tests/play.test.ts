// The play dialog (Proofs P).

import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import type { Job } from "../src/wire/generated";
import { Arkwright, closeBrowser, everyType, hello, open, withoutSocket } from "./harness";

let server: Arkwright;
const jobs = async () => (await server.ask<{ items: Job[] }>("GET", "/jobs")).items;

beforeEach(async () => {
  server = await Arkwright.start();
});
afterEach(async () => {
  await server.end();
});
afterAll(closeBrowser);

test("P1 each type by keyboard: the values arrive exactly, in German the comma is the decimal", async () => {
  const robot = await server.robot("Pay", everyType);
  const agent = await server.scripted("FINANCE-2");
  const { page, wrong } = await open(server, `/robots/${robot.id}?play`, { locale: "de-DE" });
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/^Supplier/).waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.id.endsWith("-SUPPLIER"))).toBe(true);
  await page.keyboard.type("  007 ACME ");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("1.500,00");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("12");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await dialog.getByLabel("Due until").fill("2026-12-24");
  await dialog.getByRole("radio", { name: "careful" }).focus();
  await page.keyboard.press("ArrowRight");
  await dialog.locator("input[type=password]").focus();
  await page.keyboard.type("hunter2hunter2");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Auftrag 1" }).waitFor();
  const offer = await agent.offer();
  expect(Object.fromEntries(offer.parameters.map(({ name, value, set }) => [name, value ?? set]))).toEqual({
    SUPPLIER: "  007 ACME ",
    LIMIT: 1500,
    PIECES: 12,
    MAIL: false,
    DUE: "2026-12-24",
    MODE: "fast",
    PASSWORD: true,
  });
  expect(wrong).toEqual([]);
});

test("what was typed stays when the robot changes meanwhile, and the newer version is offered", async () => {
  const robot = await server.robot("Pay", everyType);
  const { page } = await open(server, `/robots/${robot.id}?play`);
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/^Supplier/).fill("half a na");
  await server.ask("PATCH", `/robots/${robot.id}`, { description: "changed" });
  await server.ask("PUT", `/robots/${robot.id}/source`, everyType.replace("1500", "1600"));
  await dialog.getByText("There is a version 2 now.").waitFor();
  expect(await dialog.getByLabel(/^Supplier/).inputValue()).toBe("half a na");
  await dialog.getByRole("button", { name: "Stay with 1" }).click();
  expect(await dialog.getByLabel(/^Supplier/).inputValue()).toBe("half a na");
});

test("P2 each rule shows its sentence at its field; a refusal by the server alone lands there too", async () => {
  const robot = await server.robot("Pay", everyType);
  const { page, context } = await open(server, `/robots/${robot.id}?play`);
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Amount limit").fill("ten");
  await dialog.getByLabel("Pieces").fill("1.5");
  await dialog.getByRole("button", { name: /^Start/ }).click();
  await dialog.getByText("4 things to mend").waitFor();
  for (const [label, sentence] of [
    ["Supplier", "Fill this in."],
    ["Amount limit", "“ten” is not a number."],
    ["Pieces", "A whole number is needed."],
  ] as const) {
    const field = dialog.getByLabel(label, { exact: false }).first();
    await expect.poll(() => field.getAttribute("aria-invalid")).toBe("true");
    const described = await field.getAttribute("aria-describedby");
    const texts = await Promise.all((described ?? "").split(" ").map((id) => page.locator(`[id="${id}"]`).innerText()));
    expect(texts.join(" ")).toContain(sentence);
  }
  await dialog.getByRole("link", { name: "Pieces" }).click();
  expect(await page.evaluate(() => document.activeElement?.id)).toContain("PIECES");

  await dialog.getByLabel("Amount limit").fill("10");
  await dialog.getByLabel("Pieces").fill("1");
  await dialog.getByLabel(/^Supplier/).fill("ACME");
  await dialog.locator("input[type=password]").fill("hunter2hunter2");
  // A rule that only the server knows.
  await withoutSocket(context);
  await context.route("**/api/v1/jobs", (route) =>
    route.fulfill({
      status: 422,
      json: {
        code: "invalid",
        message: "values are wrong",
        reference: "r",
        fields: [{ name: "parameters[0].value", message: "no such supplier" }],
      },
    }),
  );
  await page.reload();
  await dialog.getByLabel(/^Supplier/).fill("ACME");
  await dialog.locator("input[type=password]").fill("hunter2hunter2");
  await dialog.getByRole("button", { name: /^Start/ }).click();
  await dialog.getByText("One thing to mend").waitFor();
  await expect.poll(() => dialog.getByLabel(/^Supplier/).getAttribute("aria-invalid")).toBe("true");
  await dialog.getByText("no such supplier").first().waitFor();
  await expect.poll(() => dialog.getByLabel(/^Supplier/).inputValue()).toBe("ACME");
});

test("P3 a double click, and Start → cut → Start, give one job", async () => {
  const robot = await server.robot("Hello", hello);
  const { page } = await open(server, `/robots/${robot.id}?play`);
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^Start/ })
    .dblclick();
  await page.getByRole("heading", { name: "Job 1" }).waitFor();
  expect(await jobs()).toHaveLength(1);

  const line = await server.line();
  const cut = await open(server, `/robots/${robot.id}?play`, { through: line });
  const dialog = cut.page.getByRole("dialog");
  await dialog.getByLabel("Name").waitFor();
  await dialog.getByLabel("Name").fill("Ben");
  // The question reaches the server, its answer is lost with the line.
  line.holdAnswers();
  await dialog.getByRole("button", { name: /^Start/ }).click();
  await expect.poll(jobs).toHaveLength(2);
  line.cut();
  await dialog.getByText("No answer yet. Pressing again cannot start it twice.").waitFor({ timeout: 10_000 });
  line.mend();
  await dialog.getByRole("button", { name: "Try again" }).click();
  await cut.page.getByRole("heading", { name: /Job \d/ }).waitFor();
  const again = await jobs();
  expect(again).toHaveLength(2);
});

test("P3 the same request id gives the same job, also when the first answer never came", async () => {
  const robot = await server.robot("Hello", hello);
  const { page, context } = await open(server, `/robots/${robot.id}?play`);
  await withoutSocket(context);
  let asked = 0;
  await context.route("**/api/v1/jobs", async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    asked += 1;
    if (asked > 1) return route.fallback();
    await route.fetch();
    await route.abort();
  });
  await page.reload();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: /^Start/ }).click();
  await dialog.getByText(/^No answer yet/).waitFor();
  await dialog.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "Job 1" }).waitFor();
  expect(asked).toBe(2);
  expect(await jobs()).toHaveLength(1);
});

test("P4 a secret is in no storage, address, page or answer after the start", async () => {
  const secret = "hunter2-very-secret";
  const robot = await server.robot("Pay", everyType);
  const { page, requests } = await open(server, `/robots/${robot.id}?play`);
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/^Supplier/).fill("ACME");
  await dialog.locator("input[type=password]").fill(secret);
  await dialog.getByRole("button", { name: /^Start/ }).click();
  await page.getByRole("heading", { name: "Job 1" }).waitFor();
  const [job] = await jobs();
  const answers = await Promise.all(
    [`/jobs/${job?.id}`, "/jobs", `/robots/${robot.id}/play-form`, `/jobs/${job?.id}/events`].map(async (path) =>
      (await server.raw("GET", path)).text(),
    ),
  );
  const kept = await page.evaluate(
    () =>
      JSON.stringify({ ...localStorage }) +
      JSON.stringify({ ...sessionStorage }) +
      document.documentElement.outerHTML +
      location.href,
  );
  expect(answers.join("") + kept + requests.join("")).not.toContain(secret);
  await page.getByText("hidden").waitFor();
});

test("P5 last values return, a secret does not, a vanished choice says so", async () => {
  const robot = await server.robot("Pay", everyType);
  const values = [
    { name: "SUPPLIER", value: "ACME" },
    { name: "LIMIT", value: 12.5 },
    { name: "MODE", value: "fast" },
    { name: "PASSWORD", value: "hunter2hunter2" },
  ];
  await server.play(robot.id, values);
  await server.ask("PUT", `/robots/${robot.id}/source`, everyType.replace('"fast"', '"slow"'));
  const { page } = await open(server, `/robots/${robot.id}?play`);
  const dialog = page.getByRole("dialog");
  await expect.poll(() => dialog.getByLabel(/^Supplier/).inputValue()).toBe("ACME");
  await expect.poll(() => dialog.getByLabel("Amount limit").inputValue()).toBe("12.5");
  expect(await dialog.locator("input[type=password]").inputValue()).toBe("");
  await dialog.getByText(/is not offered any more: Mode/).waitFor();
  expect(await dialog.getByRole("radio", { name: "careful" }).isChecked()).toBe(true);
  await dialog.getByRole("radio", { name: "defaults" }).check();
  expect(await dialog.getByLabel(/^Supplier/).inputValue()).toBe("");
});

test("P7 no computer: the sentence and the button say that it will wait", async () => {
  const robot = await server.robot("Hello", hello);
  await server.ask("PATCH", `/robots/${robot.id}`, { labels: ["sap"] });
  await server.scripted("FINANCE-2");
  const { page } = await open(server, `/robots/${robot.id}?play`);
  await page.getByText(/Nobody can take this now: No computer has the label sap\. It will wait\./).waitFor();
  await page.getByRole("button", { name: "Start when possible" }).click();
  await page.getByRole("heading", { name: "Job 1" }).waitFor();
  await page.getByText("No computer has the label sap.").waitFor();
  await page.getByRole("link", { name: "Edit labels" }).click();
  await page.getByRole("heading", { name: "Hello" }).waitFor();
});

test("P1 more than five choices are a list, more than twenty can be searched", async () => {
  const choices = (count: number) => Array.from({ length: count }, (_, n) => `"account ${n}"`).join(", ");
  const source = `*** Variables ***
# Few
\${FEW: Literal[${choices(6)}]}    account 0
# Many
\${MANY: Literal[${choices(40)}]}    account 0

*** Tasks ***
Pay
    Log    \${MANY}
`;
  const robot = await server.robot("Pay", source);
  const agent = await server.scripted("FINANCE-2");
  const { page } = await open(server, `/robots/${robot.id}?play`);
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Few" }).selectOption("account 5");
  await dialog.getByRole("searchbox", { name: "Search in Many" }).fill("37 ACC");
  await dialog.getByText("2 choices").waitFor();
  const list = dialog.getByRole("listbox", { name: "Many" });
  await expect.poll(() => list.getByRole("option").allInnerTexts()).toEqual(["—", "account 0", "account 37"]);
  await list.selectOption("account 37");
  await dialog.getByRole("button", { name: /^Start/ }).click();
  const offer = await agent.offer();
  expect(offer.parameters.map(({ value }) => value)).toEqual(["account 5", "account 37"]);
});

test("P5 a draft survives an accidental close for the session, but no secret", async () => {
  const robot = await server.robot("Pay", everyType);
  const { page, context } = await open(server, `/robots/${robot.id}?play`);
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/^Supplier/).fill("half a na");
  await dialog.locator("input[type=password]").fill("hunter2hunter2");
  await page.keyboard.press("Escape");
  await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
  await dialog.waitFor({ state: "detached" });
  await page.reload();
  await page.getByRole("button", { name: "Play Pay" }).click();
  await expect.poll(() => dialog.getByLabel(/^Supplier/).inputValue()).toBe("half a na");
  expect(await dialog.locator("input[type=password]").inputValue()).toBe("");
  const other = await context.newPage();
  await other.goto(`${server.url}/robots/${robot.id}?play`);
  expect(
    await other
      .getByRole("dialog")
      .getByLabel(/^Supplier/)
      .inputValue(),
  ).toBe("");
});

test("P8 with 50 parameters the dialog scrolls, and its buttons stay in sight", async () => {
  const many = Array.from({ length: 50 }, (_, n) => `# Number ${n}\n\${P${n}: int}    ${n}\n`).join("");
  const robot = await server.robot("Many", `*** Variables ***\n${many}\n*** Tasks ***\nGo\n    Log    \${P0}\n`);
  for (const viewport of [
    { width: 1280, height: 700 },
    { width: 360, height: 640 },
  ]) {
    const { page, context } = await open(server, `/robots/${robot.id}?play`, { viewport });
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Number 49").waitFor();
    const button = dialog.getByRole("button", { name: /^Start/ });
    for (const place of ["Number 0", "Number 49"]) {
      await dialog.getByLabel(place, { exact: true }).focus();
      const box = await button.boundingBox();
      expect((box?.y ?? 999) + (box?.height ?? 0)).toBeLessThanOrEqual(viewport.height);
      const field = await dialog.getByLabel(place, { exact: true }).boundingBox();
      expect((field?.y ?? 999) + (field?.height ?? 0)).toBeLessThanOrEqual(box?.y ?? 0);
    }
    await context.close();
  }
});

test("P9 focus is kept in the dialog and returns to Play", async () => {
  await server.robot("Hello", hello);
  const { page } = await open(server, "/robots");
  await page.getByRole("button", { name: "Play Hello" }).click();
  await page.getByRole("dialog").getByLabel("Name").waitFor();
  for (let press = 0; press < 20; press += 1) {
    await page.keyboard.press("Tab");
    const place = await page.evaluate(() => {
      const { activeElement } = document;
      return activeElement === document.body ? "the browser" : activeElement?.closest("dialog") ? "dialog" : "outside";
    });
    expect(place).not.toBe("outside");
  }
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Play Hello");
});
