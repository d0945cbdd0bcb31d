// Robot and editor (Proofs E).

import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { Arkwright, closeBrowser, hello, open, type Watched } from "./harness";

let server: Arkwright;
const opened: Watched[] = [];
const visit = async (...args: Parameters<typeof open>) => {
  const watched = await open(...args);
  opened.push(watched);
  return watched;
};

beforeEach(async () => {
  server = await Arkwright.start();
});
afterEach(async () => {
  for (const { context } of opened.splice(0)) await context.close();
  await server.end();
});
afterAll(closeBrowser);

test("E1 Check names the line of a mistake, F8 goes there", async () => {
  const robot = await server.robot("Hello", hello);
  const { page, wrong } = await visit(server, `/robots/${robot.id}/edit`);
  const text = page.getByRole("textbox", { name: "Text of Hello" });
  await text.fill(hello.replace("${NAME: str}    World", "${NAME: int}    ten"));
  await page.getByText("● not saved").waitFor();
  await page.getByRole("button", { name: "Check" }).click();
  await page.getByRole("button", { name: "line 3" }).waitFor();
  await page.keyboard.press("F8");
  const selected = await text.evaluate((area) => {
    const { value, selectionStart } = area as HTMLTextAreaElement;
    return value.slice(0, selectionStart).split("\n").length;
  });
  expect(selected).toBe(3);
  expect(wrong.filter((one) => !one.includes("422"))).toEqual([]);
});

test("E2 a saved version shows what changed, and an old one can be used again", async () => {
  const robot = await server.robot("Hello", hello);
  const { page } = await visit(server, `/robots/${robot.id}/edit`);
  await page.getByRole("textbox", { name: "Text of Hello" }).fill(hello.replace("Goodbye", "Farewell"));
  await page.getByLabel("Note").fill("Politer");
  await page.getByRole("button", { name: "Save version" }).click();
  await page.getByText("Saved as version 2.").first().waitFor();
  await page.goto(`${server.url}/robots/${robot.id}/versions`);
  await page.getByText("Politer").waitFor();
  await page.getByRole("button", { name: "What changed in version 2 against version 1" }).first().click();
  const difference = page.getByRole("region", { name: "From version 1 to version 2" }).last();
  await difference.getByText("Farewell").waitFor();
  await difference.getByText("Goodbye").waitFor();
  await page.getByRole("button", { name: "Use this version again: 1" }).click();
  await page.getByText("Version 3").waitFor();
  const answer = await server.raw("GET", `/robots/${robot.id}/source`);
  expect(await answer.text()).toBe(hello);
});

test("E3 a version saved meanwhile is never overwritten in silence", async () => {
  const robot = await server.robot("Hello", hello);
  const { page } = await visit(server, `/robots/${robot.id}/edit`);
  await page.getByRole("textbox", { name: "Text of Hello" }).fill(`${hello}# mine\n`);
  await server.ask("PUT", `/robots/${robot.id}/source`, `${hello}# theirs\n`);
  await page.getByRole("button", { name: "Save version" }).click();
  const dialog = page.getByRole("dialog", { name: "Somebody saved meanwhile" });
  await dialog.getByText("Anna saved version 2 while you edited.").waitFor();
  await dialog.getByRole("button", { name: "Compare" }).click();
  await dialog.getByText("# theirs").waitFor();
  await dialog.getByRole("button", { name: "Save mine as 3" }).click();
  await page.getByText("Saved as version 3.").first().waitFor();
});

test("leaving with unsaved text asks, and Tab leaves the text", async () => {
  const robot = await server.robot("Hello", hello);
  const { page } = await visit(server, `/robots/${robot.id}/edit`);
  const text = page.getByRole("textbox", { name: "Text of Hello" });
  await text.fill("changed");
  await text.press("Tab");
  expect(await text.evaluate((area) => area === document.activeElement)).toBe(false);
  await page.getByRole("link", { name: "Jobs" }).first().click();
  await page.getByRole("dialog", { name: "Leave without saving?" }).getByRole("button", { name: "Stay" }).click();
  expect(await text.inputValue()).toBe("changed");
  await page.getByRole("link", { name: "Jobs" }).first().click();
  await page.getByRole("button", { name: "Leave without saving" }).click();
  await page.getByRole("heading", { name: "Jobs" }).waitFor();
});
