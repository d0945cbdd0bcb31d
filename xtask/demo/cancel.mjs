// Ends every job that has not ended: asks them to stop, and kills what has not stopped in time.
import { all, fail, signIn, task, until, write } from "./client.mjs";

// A robot's own grace is 10 s; a kill takes up to 10 s more.
const STOP_MS = 14_000;
const KILL_MS = 14_000;

async function open(rest) {
  const lists = await Promise.all(["waiting", "executing"].map((status) => all(rest, `/jobs?status=${status}`)));
  return lists.flat();
}

async function cancel(rest, jobs, mode) {
  for (const { id } of jobs) {
    try {
      await rest("POST", `/jobs/${id}/cancel`, { mode });
    } catch (error) {
      if (error.door?.code !== "conflict") throw error;
    }
  }
}

async function main() {
  const { rest } = await signIn(await task());
  const jobs = await open(rest);
  if (jobs.length === 0) return;
  write(`Stopping ${jobs.length === 1 ? `“${jobs[0].robotName}”` : `${jobs.length} jobs`} …`);
  await cancel(rest, jobs, "stop");
  const none = async () => (await open(rest)).length === 0;
  if (await until(STOP_MS, none)) return;
  await cancel(rest, await open(rest), "kill");
  if (!(await until(KILL_MS, none))) fail("a job could not be ended");
}

main().catch((error) => fail(error.message));
