// The palette and the keys (Proofs K).

import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { Arkwright, closeBrowser, hello, open, violations, type Watched } from "./harness";

let server: Arkwright;
const palette = (page: Watched["page"]) => page.getByRole("dialog", { name: "Search everything" });
const options = (page: Watched["page"]) => palette(page).getByRole("option").locator(".text").allInnerTexts();

beforeEach(async () => {
  server = await Arkwright.start();
});
afterEach(async () => {
  await server.end();
});
afterAll(closeBrowser);

test("K1 the palette opens, finds and plays by keyboard alone", async () => {
  for (const name of ["Pay invoices", "Morning report"]) await server.robot(name, hello);
  const { page, wrong } = await open(server, "/computers");
  await page.getByRole("heading", { name: "Computers" }).waitFor();
  await page.keyboard.press("Control+k");
  const field = palette(page).getByRole("combobox");
  expect(await field.evaluate((input) => input === document.activeElement)).toBe(true);
  await page.keyboard.type("INVOICE pay");
  await expect.poll(() => options(page)).toEqual(["Pay invoices"]);
  await expect.poll(() => page.locator("[aria-live=polite]").first().innerText()).toContain("One result");
  const active = await field.getAttribute("aria-activedescendant");
  await expect.poll(() => page.locator(`[id="${active}"]`).getAttribute("aria-selected")).toBe("true");
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Control+Enter");
  await page.getByRole("dialog", { name: "Play “Pay invoices”" }).getByLabel("Name").waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Job 1" }).waitFor();

  await page.keyboard.press("Control+k");
  await expect.poll(async () => (await options(page))[0]).toBe("Pay invoices");
  await page.keyboard.type("job 1");
  await expect.poll(async () => (await options(page))[0]).toBe("Job 1 of Pay invoices");
  await page.keyboard.press("Escape");
  await palette(page).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Search everything" }).click();
  await field.waitFor();
  await page.keyboard.type("go to comp");
  await expect.poll(async () => (await options(page))[0]).toBe("Go to Computers");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Computers" }).waitFor();
  expect(wrong).toEqual([]);
});

test("K1 what is typed before the palette has come is not lost, and acts on nothing", async () => {
  await server.robot("Pay invoices", hello);
  await server.robot("Morning report", hello);
  const { page, context, wrong } = await open(server, "/robots");
  await page.getByRole("link", { name: "Pay invoices" }).focus();
  let send = () => {};
  const held = new Promise<void>((resolve) => {
    send = resolve;
  });
  const asked = new Promise<void>((resolve) => {
    void context.route(/Palette-[^/]*\.js$/, async (route) => {
      resolve();
      await held;
      await route.continue();
    });
  });
  await page.keyboard.press("Control+k");
  await asked;
  await page.keyboard.type("payx");
  await page.keyboard.press("Backspace");
  expect(await page.getByRole("dialog").count()).toBe(0);
  send();
  await expect.poll(() => options(page)).toEqual(["Pay invoices"]);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await expect.poll(() => palette(page).getByRole("combobox").inputValue()).toBe("");
  expect(wrong).toEqual([]);
});

test("K1 among 1,000 robots the palette paints a key within 50 ms", async () => {
  const robot = await server.robot("Payroll", hello);
  const many = Array.from({ length: 1_000 }, (_, index) => ({
    ...robot,
    id: index.toString(16).padStart(24, "0"),
    name: `Robot ${index} of the month`,
  }));
  const { page, context } = await open(server, "/computers");
  await context.route("**/robots?view=rows", (route) => route.fulfill({ json: { items: many } }));
  await page.getByRole("heading", { name: "Computers" }).waitFor();
  await page.keyboard.press("Control+k");
  await palette(page)
    .getByRole("option", { name: /^Robot/ })
    .first()
    .waitFor();
  const took = await page.evaluate(async () => {
    const input = document.querySelector<HTMLInputElement>("dialog input");
    if (!input) throw new Error("no field");
    const each: number[] = [];
    for (const key of "month 99") {
      const start = performance.now();
      input.value += key;
      input.dispatchEvent(new InputEvent("input", { bubbles: true }));
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      each.push(performance.now() - start);
    }
    return each.sort((a, b) => a - b)[Math.floor(each.length / 2)] ?? 0;
  });
  expect(took).toBeLessThan(50);
  expect((await options(page))[0]).toBe("Robot 99 of the month");
});

test("K2 keys that are switched off do nothing, here and on the next computer", async () => {
  await server.robot("Payroll", hello);
  const { page } = await open(server, "/robots");
  await page.getByRole("link", { name: "Payroll" }).waitFor();
  await page.keyboard.press("?");
  const list = page.getByRole("dialog", { name: "Keys" });
  await list.getByRole("checkbox", { name: "Single keys" }).uncheck();
  await expect
    .poll(async () => (await server.ask<{ settings?: { singleKeys?: boolean } }>("GET", "/me")).settings?.singleKeys)
    .toBe(false);
  await page.keyboard.press("Escape");
  await list.waitFor({ state: "detached" });
  const other = await open(server, "/robots");
  for (const one of [page, other.page]) {
    await one.getByRole("link", { name: "Payroll" }).focus();
    for (const key of ["?", "p", "f", "/", "g", "j"]) await one.keyboard.press(key);
    expect(await one.getByRole("dialog").count()).toBe(0);
    expect(new URL(one.url()).pathname).toBe("/robots");
    expect(await one.getByRole("button", { name: "Favourite: Payroll" }).getAttribute("aria-pressed")).toBe("false");
    expect(await one.evaluate(() => document.activeElement?.textContent)).toBe("Payroll");
  }
  await page.keyboard.press("Control+k");
  await palette(page).waitFor();
  await page.keyboard.type("single keys on");
  await page.keyboard.press("Enter");
  await expect
    .poll(async () => (await server.ask<{ settings?: { singleKeys?: boolean } }>("GET", "/me")).settings?.singleKeys)
    .toBe(true);
  await page.keyboard.press("?");
  await list.waitFor();
});

test("K3 no key acts while one types, or while an input method composes", async () => {
  await server.robot("Payroll", hello);
  const { page } = await open(server, "/robots");
  await page.getByRole("searchbox").focus();
  await page.keyboard.type("pf?gj/");
  expect(await page.getByRole("searchbox").inputValue()).toBe("pf?gj/");
  expect(new URL(page.url()).pathname).toBe("/robots");
  expect(await page.getByRole("dialog").count()).toBe(0);
  await page.getByRole("searchbox").fill("");
  await page.getByRole("link", { name: "Payroll" }).focus();
  await page.evaluate(() => {
    for (const init of [
      { key: "p", isComposing: true },
      { key: "k", ctrlKey: true, isComposing: true },
    ]) {
      document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init }));
    }
  });
  expect(await page.getByRole("dialog").count()).toBe(0);
  await page.keyboard.press("p");
  await page.getByRole("dialog", { name: "Play “Payroll”" }).waitFor();
});
