// Plays the long sample robot, stops it while it works, and sees that it ended as `cancelled`
// with its clean-up done.
import { randomUUID } from "node:crypto";
import { all, fail, signIn, task, until, write } from "./client.mjs";

const LIMIT_MS = 60_000;

// {server, link, robot}
async function main() {
  const given = await task();
  const { me, rest } = await signIn(given);
  const robots = await all(rest, `/users/${me.userId}/robots`);
  const robot = robots.find(({ name }) => name === given.robot) ?? fail(`there is no robot “${given.robot}”`);
  const job = await rest("POST", "/jobs", { requestId: randomUUID(), robotId: robot.id, parameters: [] });
  const log = () => rest("GET", `/jobs/${job.id}/log.txt`);
  if (!(await until(LIMIT_MS, async () => (await log()).includes("Letter 2 of")))) fail("it did not begin to work");
  await rest("POST", `/jobs/${job.id}/cancel`, { mode: "stop" });
  const show = () => rest("GET", `/jobs/${job.id}`);
  const isOpen = ({ status }) => status === "waiting" || status === "executing";
  await until(LIMIT_MS, async () => !isOpen(await show()));
  const { status } = await show();
  if (status !== "cancelled") fail(`it ended as ${status} instead of cancelled`);
  if (!(await log()).includes("Cleaned up")) fail("its log does not tell that it cleaned up");
  write("stopped, and cleaned up");
}

main().catch((error) => fail(error.message));
