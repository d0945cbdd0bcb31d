// Takes the pictures of docs/screenshots: pages of a demo in which some robots have been played,
// with one at work, in light and dark. The page is used as it is; nothing is staged but the jobs.
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { all, fail, signIn, task, until, write } from "./client.mjs";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const SIZE = { width: 1280, height: 800 };
const LOOKS = ["light", "dark"];

// {server, link, chromium, folder}
async function main() {
  const given = await task();
  const session = await signIn(given);
  const { me, rest } = session;
  const robots = await all(rest, `/users/${me.userId}/robots`);
  const robot = (name) => robots.find((it) => it.name === name) ?? fail(`there is no robot “${name}”`);
  const play = ({ id }) => rest("POST", "/jobs", { requestId: randomUUID(), robotId: id, parameters: [] });
  const long = await play(robot("Long job"));
  const working = await until(60_000, async () => {
    const { items } = await rest("GET", `/jobs/${long.id}/events?after=0`);
    return items.filter(({ kind }) => kind === "stepEnded").length > 36;
  });
  if (!working) fail("the long job did not begin to work");

  const { chromium } = require("playwright-core");
  const browser = await chromium.launch({ executablePath: given.chromium, args: ["--no-sandbox"] });
  const [name, value] = session.cookie().split("=");
  for (const look of LOOKS) {
    const context = await browser.newContext({ viewport: SIZE, colorScheme: look });
    await context.addCookies([{ name, value, url: session.origin }]);
    const page = await context.newPage();
    const take = async (picture, path) => {
      await page.goto(`${session.origin}${path}`);
      await page.getByRole("heading").first().waitFor();
      await page.waitForLoadState("networkidle").catch(() => {});
      await page.screenshot({ path: `${given.folder}/${picture}-${look}.png` });
      write(`${picture}-${look}.png`);
    };
    await take("job", `/jobs/${long.id}`);
    if (look === "light") {
      await take("robots", "/robots");
      await take("play", `/robots/${robot("Invoices").id}?play`);
    }
    await context.close();
  }
  await browser.close();
}

main().catch((error) => fail(error.message));
