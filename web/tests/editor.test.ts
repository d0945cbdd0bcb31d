// Robot and editor (Proofs E).

import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { Arkwright, closeBrowser, hello, open, type Watched } from "./harness";
import { zip } from "./zip";

let server: Arkwright;

beforeEach(async () => {
  server = await Arkwright.start();
});
afterEach(async () => {
  await server.end();
});
afterAll(closeBrowser);

const textOf = (page: Watched["page"], file = "main.robot") => page.getByRole("textbox", { name: `: ${file}.` });
const lines = (page: Watched["page"], file?: string) => textOf(page, file).locator(".cm-line").allInnerTexts();
/** The line that the cursor is in, from 1, as its number stands beside the text. */
const cursorLine = (page: Watched["page"]) => page.locator(".cm-activeLineGutter").first().innerText();

const package_ = () =>
  zip([
    ["lib/sap.py", "def open_sap():\n    return 1\n"],
    ["main.robot", hello],
    ["picture.png", "\0\x01\x02"],
  ]);

async function packaged(): Promise<{ id: string }> {
  const form = new FormData();
  form.set("name", "Packed");
  form.set("package", new Blob([Uint8Array.from(package_())]), "packed.zip");
  const answer = await fetch(`${server.url}/api/v1/users/${server.userId}/robots`, {
    method: "POST",
    headers: { Cookie: `${server.cookie.name}=${server.cookie.value}`, Origin: server.url },
    body: form,
  });
  expect(answer.status).toBe(201);
  return (await answer.json()) as { id: string };
}

test("E1 Check names the line of a mistake, F8 goes there", async () => {
  const robot = await server.robot("Hello", hello);
  const { page, wrong } = await open(server, `/robots/${robot.id}/edit`);
  await textOf(page).fill(hello.replace("${NAME: str}    World", "${NAME: int}    ten"));
  await page.getByText("● not saved").waitFor();
  await page.getByRole("button", { name: "Check" }).click();
  await page.getByRole("button", { name: "line 3" }).waitFor();
  await expect.poll(() => page.locator(".wrong-line").allInnerTexts()).toEqual(["${NAME: int}    ten"]);
  await page.keyboard.press("F8");
  await expect.poll(() => cursorLine(page)).toBe("3");
  expect(await textOf(page).evaluate((text) => text === document.activeElement)).toBe(true);
  expect(wrong).toEqual([]);
});

test("E2 a saved version shows what changed, and an old one can be used again", async () => {
  const robot = await server.robot("Hello", hello);
  const { page } = await open(server, `/robots/${robot.id}/edit`);
  await textOf(page).fill(hello.replace("Goodbye", "Farewell"));
  await page.getByLabel("Note").fill("Politer");
  await page.getByRole("button", { name: "Save version" }).click();
  await page.getByText("Saved as version 2.").first().waitFor();
  await page.goto(`${server.url}/robots/${robot.id}/versions`);
  await page.getByText("Politer").waitFor();
  await page.getByRole("button", { name: "What changed in version 2 against version 1" }).first().click();
  const difference = page.getByRole("region", { name: "From version 1 to version 2" }).last();
  const [before, after] = [difference.getByText("Goodbye"), difference.getByText("Farewell")];
  await after.waitFor();
  const [left, right] = [await before.boundingBox(), await after.boundingBox()];
  expect(left?.y).toBe(right?.y);
  expect(left?.x ?? 0).toBeLessThan(right?.x ?? 0);
  await page.setViewportSize({ width: 800, height: 800 });
  await expect.poll(async () => (await after.boundingBox())?.y).toBeGreaterThan((await before.boundingBox())?.y ?? 0);
  await page.getByRole("button", { name: "Use this version again: 1" }).click();
  await page.getByText("Version 3").waitFor();
  const answer = await server.raw("GET", `/robots/${robot.id}/source`);
  expect(await answer.text()).toBe(hello);
});

test("E3 a version saved meanwhile is never overwritten in silence", async () => {
  const robot = await server.robot("Hello", hello);
  const { page } = await open(server, `/robots/${robot.id}/edit`);
  await textOf(page).fill(`${hello}# mine\n`);
  await server.ask("PUT", `/robots/${robot.id}/source`, `${hello}# theirs\n`);
  await page.getByRole("button", { name: "Save version" }).click();
  const dialog = page.getByRole("dialog", { name: "Somebody saved meanwhile" });
  await dialog.getByText("Anna saved version 2 while you edited.").waitFor();
  await dialog.getByRole("button", { name: "Compare" }).click();
  await dialog.getByText("# theirs").waitFor();
  await dialog.getByRole("button", { name: "Save mine as 3" }).click();
  await page.getByText("Saved as version 3.").first().waitFor();
  expect(await (await server.raw("GET", `/robots/${robot.id}/source`)).text()).toContain("# mine");
});

test("E5 the preview of the parameters follows the text", async () => {
  const robot = await server.robot("Hello", hello);
  const { page } = await open(server, `/robots/${robot.id}/edit`);
  const preview = page.getByRole("complementary", { name: "Parameters" });
  await preview.getByText("usually World").waitFor();
  await textOf(page).fill(hello.replace("World", "Mars"));
  await preview.getByText("usually Mars").waitFor();
});

test("E6 the overview does not load the text editor", async () => {
  const robot = await server.robot("Hello", hello);
  const { page, requests } = await open(server, "/robots");
  await page.getByRole("link", { name: "Hello" }).waitFor();
  await page.waitForLoadState("networkidle");
  const editor = () => requests.filter((url) => /\/(code|Editor)-[^/]*\.js$/.test(url));
  expect(editor()).toEqual([]);
  await page.goto(`${server.url}/robots/${robot.id}/edit`);
  await textOf(page).waitFor();
  expect(editor()).toHaveLength(2);
});

test("E7 in 10,000 lines a key is painted within 50 ms", async () => {
  const many = hello + "    Log    Hello, ${NAME}, once more    # and again\n".repeat(10_000);
  const robot = await server.robot("Long", many);
  const { page } = await open(server, `/robots/${robot.id}/edit`);
  await textOf(page).waitFor();
  await textOf(page).click();
  await page.keyboard.press("Control+End");
  await page.evaluate(() => {
    const took: number[] = [];
    Object.assign(window, { took });
    addEventListener(
      "keydown",
      () => {
        const start = performance.now();
        requestAnimationFrame(() => setTimeout(() => took.push(performance.now() - start)));
      },
      true,
    );
  });
  await page.keyboard.type("    Log    the end", { delay: 40 });
  const took = await page.evaluate(() => (window as unknown as { took: number[] }).took);
  const sorted = took.sort((a, b) => a - b);
  expect(sorted.length).toBeGreaterThan(15);
  expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(50);
  expect(await page.locator(".cm-line").count()).toBeLessThan(200);
});

test("E8 what was typed is offered again after the page has crashed", async () => {
  const robot = await server.robot("Hello", hello);
  const { page, context } = await open(server, `/robots/${robot.id}/edit`);
  await textOf(page).fill(`${hello}# a thought\n`);
  await expect.poll(() => page.evaluate(() => JSON.stringify({ ...localStorage }))).toContain("# a thought");
  const crash = await context.newCDPSession(page);
  const crashed = page.waitForEvent("crash");
  // Nobody is left to answer.
  void crash.send("Page.crash").catch(() => {});
  await crashed;
  const after = await context.newPage();
  await after.goto(`${server.url}/robots/${robot.id}/edit`);
  await after.getByText(/^There is a draft of \d\d:\d\d that was not saved\./).waitFor();
  expect(await lines(after)).not.toContain("# a thought");
  await after.getByRole("button", { name: "Go on with it" }).click();
  await expect.poll(() => lines(after)).toContain("# a thought");
  await after.getByRole("button", { name: "Save version" }).click();
  await after.getByText("Saved as version 2.").first().waitFor();
  expect(await after.evaluate(() => localStorage.length)).toBe(0);
});

test("E9 the keyboard enters the text, Tab sets a separator there, Esc and Tab leave it", async () => {
  const robot = await server.robot("Hello", hello);
  const { page } = await open(server, `/robots/${robot.id}/edit`);
  const text = textOf(page);
  const inText = () => text.evaluate((element) => element === document.activeElement);
  await text.waitFor();
  for (let press = 0; press < 40 && !(await inText()); press += 1) await page.keyboard.press("Tab");
  expect(await inText()).toBe(true);
  await page.keyboard.press("Tab");
  expect(await inText()).toBe(true);
  expect((await lines(page))[0]).toBe("    *** Variables ***");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  expect(await inText()).toBe(false);
  await page.keyboard.press("Shift+Tab");
  expect(await inText()).toBe(true);
});

test("leaving with unsaved text asks", async () => {
  const robot = await server.robot("Hello", hello);
  const { page } = await open(server, `/robots/${robot.id}/edit`);
  await textOf(page).fill("changed");
  await page.getByRole("link", { name: "Jobs" }).first().click();
  await page.getByRole("dialog", { name: "Leave without saving?" }).getByRole("button", { name: "Stay" }).click();
  expect(await lines(page)).toEqual(["changed"]);
  await page.getByRole("link", { name: "Jobs" }).first().click();
  await page.getByRole("button", { name: "Leave without saving" }).click();
  await page.getByRole("heading", { name: "Jobs" }).waitFor();
});

test("the files of a package are looked at, changed, added and removed, and its versions compared", async () => {
  const { id } = await packaged();
  const { page, wrong } = await open(server, `/robots/${id}/edit`);
  await textOf(page).waitFor();
  await page.getByRole("button", { name: "picture.png", exact: true }).click();
  await page.getByText("picture.png is no text. It is kept as it is.").waitFor();
  await page.getByRole("button", { name: "lib/sap.py", exact: true }).click();
  await textOf(page, "lib/sap.py").fill("def open_sap():\n    return 2\n");
  await page.getByRole("button", { name: "lib/sap.py, changed" }).waitFor();
  await page.getByRole("button", { name: "Add a file" }).click();
  await page.getByLabel("Path of the new file").fill("data/new.yaml");
  await page.keyboard.press("Enter");
  await textOf(page, "data/new.yaml").fill("a: 1");
  await page.getByRole("button", { name: "Remove picture.png" }).click();
  await page.getByRole("button", { name: "Check" }).click();
  await page.getByText("No problems found.").first().waitFor();
  await page.getByRole("button", { name: "Save version" }).click();
  await page.getByText("Saved as version 2.").first().waitFor();
  expect(await page.getByRole("button", { name: "picture.png" }).count()).toBe(0);

  await page.goto(`${server.url}/robots/${id}/versions`);
  await page.getByRole("button", { name: "What changed in version 2 against version 1" }).click();
  const files = page.getByRole("list", { name: "Files that differ" });
  await expect
    .poll(() => files.getByRole("button").allInnerTexts())
    .toEqual(["data/new.yaml, new", "lib/sap.py", "picture.png, removed"]);
  await files.getByRole("button", { name: "lib/sap.py" }).click();
  const difference = page.getByRole("region", { name: "lib/sap.py" });
  await difference.getByText("return 1").waitFor();
  await difference.getByText("return 2").waitFor();
  await page.getByRole("button", { name: "Use this version again: 1" }).click();
  await page.getByText("Version 3").waitFor();
  const again = Buffer.from(await (await server.raw("GET", `/robots/${id}/source`)).arrayBuffer());
  expect(again.equals(Buffer.from(package_()))).toBe(true);
  expect(wrong).toEqual([]);
});
