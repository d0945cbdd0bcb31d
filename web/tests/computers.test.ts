// Computers (Proofs A).

import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { Arkwright, closeBrowser, hello, open, until, type Watched, watch } from "./harness";

let server: Arkwright;
const opened: Watched[] = [];
const visit = async (...args: Parameters<typeof open>) => {
  const watched = await open(...args);
  opened.push(watched);
  return watched;
};
const card = (page: Watched["page"], name: string) => page.getByRole("article", { name });

beforeEach(async () => {
  server = await Arkwright.start({ limits: { renew_ms: 500, silent_ms: 2_000, lost_ms: 6_000, sweep_ms: 200 } });
});
afterEach(async () => {
  for (const { context } of opened.splice(0)) await context.close();
  await server.end();
});
afterAll(closeBrowser);

test("A1 online, silent and offline are shown as the server decides them", async () => {
  const agent = await server.scripted("FINANCE-2");
  const keep = setInterval(() => void agent.renew([], 1).catch(() => {}), 400);
  const { page } = await visit(server, "/computers");
  await card(page, "FINANCE-2").getByText("Online").waitFor();
  await page.getByText("1/1").first().waitFor();
  clearInterval(keep);
  await card(page, "FINANCE-2")
    .getByText(/^Silent for/)
    .waitFor({ timeout: 6_000 });
  await card(page, "FINANCE-2")
    .getByText(/^Offline/)
    .waitFor({ timeout: 10_000 });
  await agent.comeBack();
  await card(page, "FINANCE-2").getByText("Online").waitFor({ timeout: 3_000 });
});

test("A2 a computer is paired from here", { timeout: 90_000 }, async () => {
  const { page, wrong } = await visit(server, "/computers");
  await page.getByText(/Waiting for this computer to call/).waitFor();
  const agent = server.agent(["--user-id", server.userId, "--name", "RECEPTION-PC"]);
  const [code] = await agent.said(/[A-Z]{4}-[A-Z]{4}/);
  await page.getByRole("article").getByText(code).waitFor();
  await page.getByRole("button", { name: /approve/ }).click();
  await card(page, "RECEPTION-PC").getByText("Online").waitFor({ timeout: 30_000 });
  await page.getByText(/was approved\.$/).waitFor();
  expect(wrong).toEqual([]);
});

test("A3 Revoke disconnects at once and says what becomes of the job", { timeout: 90_000 }, async () => {
  const agent = await server.scripted("FINANCE-2");
  const robot = await server.robot("Hello", hello);
  await server.play(robot.id);
  const running = await agent.take();
  const keep = setInterval(() => void agent.renew([running.id]).catch(() => {}), 400);
  const { page } = await visit(server, "/computers");
  await card(page, "FINANCE-2").getByRole("link", { name: "Hello" }).waitFor();
  await page.getByRole("button", { name: "More for FINANCE-2" }).click();
  await page.getByRole("menuitem", { name: "Revoke" }).click();
  const dialog = page.getByRole("dialog", { name: "Revoke FINANCE-2?" });
  await dialog.getByText("Executing there: Hello").waitFor();
  await dialog.getByRole("radio", { name: "let it finish without us" }).check();
  await dialog.getByRole("button", { name: "Revoke FINANCE-2" }).click();
  await card(page, "FINANCE-2").waitFor({ state: "detached" });
  await until("goodbye", () => agent.goodbye?.reason === "revoked");
  clearInterval(keep);
  const job = await visit(server, `/jobs/${running.id.jobId}`);
  await job.page.getByText("Failed", { exact: true }).first().waitFor();
  await job.page
    .getByText(/removed/)
    .first()
    .waitFor();
});

test("A3 the real program ends with its own code when it is revoked", { timeout: 90_000 }, async () => {
  const agent = await server.realAgent("RECEPTION-PC");
  const { page } = await visit(server, "/computers");
  await page.getByRole("button", { name: "More for RECEPTION-PC" }).click();
  await page.getByRole("menuitem", { name: "Revoke" }).click();
  await page.getByRole("button", { name: "Revoke RECEPTION-PC" }).click();
  await until("the program's end", () => agent.exit !== undefined);
  expect(agent.exit).toBe(4);
});

test("A4 name and labels change live on a second page, a clash is said in place", async () => {
  const agents = [await server.scripted("FINANCE-2"), await server.scripted("FINANCE-3")];
  const keep = setInterval(() => {
    for (const agent of agents) void agent.renew([], 0).catch(() => {});
  }, 400);
  const first = await visit(server, "/computers");
  const second = await watch(first.context, server.url, "/computers");
  const { page } = first;
  await page.getByRole("button", { name: "More for FINANCE-2" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("FINANCE-3");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.getByRole("textbox", { name: "Name" }).getAttribute("aria-invalid")).toBe("true");
  await page.getByRole("textbox", { name: "Name" }).fill("ACCOUNTING");
  await page.keyboard.press("Enter");
  await card(second.page, "ACCOUNTING").waitFor({ timeout: 2_000 });
  await card(page, "ACCOUNTING").getByRole("textbox", { name: "Labels of ACCOUNTING" }).fill("SAP");
  await page.keyboard.press("Enter");
  await card(second.page, "ACCOUNTING").getByText("sap", { exact: true }).waitFor({ timeout: 2_000 });
  await page.getByRole("button", { name: "Pause ACCOUNTING" }).click();
  await card(second.page, "ACCOUNTING").getByText("Paused").waitFor({ timeout: 2_000 });
  clearInterval(keep);
});

test("A5 an enrolment token is shown once, with the whole command", async () => {
  const { page } = await visit(server, "/computers");
  await page.getByRole("button", { name: "Make a token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Server room");
  await dialog.getByRole("button", { name: "Make a token" }).click();
  const command = await dialog.locator("code").innerText();
  expect(command).toContain(`arkwright-agent join --server ${server.url} --token `);
  const token = command.split("--token ")[1] ?? "none";
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByText("0 of 1 used").waitFor();
  await page.reload();
  await page.getByText("Server room").waitFor();
  expect(await page.content()).not.toContain(token);
});
