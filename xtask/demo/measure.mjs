// Plays one small robot again and again, one job after the other, and measures from the instant
// before `play` is sent: until it is answered, until the robot's process is started (the agent
// marks that on its disk just before), and until the first step is told to the page.
import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { fail, page, signIn, task, until, write } from "./client.mjs";

const ROBOT = "*** Tasks ***\nRest\n    Sleep    0.5 s\n";
const LIMIT_MS = 5 * 60_000;
const now = () => performance.timeOrigin + performance.now();

// {server, link, rounds, workspaces}
async function main() {
  const given = await task();
  const session = await signIn(given);
  const { me, rest } = session;
  const robot = await rest("POST", `/users/${me.userId}/robots`, { name: "Measured", source: ROBOT });
  const { socket, ask } = await page(session);
  await ask("join", { userId: me.userId });
  const told = { answered: [], started: [], firstStep: [] };
  // The first job builds the environment and is not counted.
  for (let round = 0; round <= given.rounds; round += 1) {
    const measured = await playOnce(socket, ask, robot, given.workspaces);
    if (round > 0) for (const name of Object.keys(told)) told[name].push(measured[name]);
  }
  socket.close();
  write(JSON.stringify(told));
}

async function playOnce(socket, ask, robot, workspaces) {
  const seen = { first: 0, started: 0, status: "" };
  const listen = (job) => {
    const events = (message) => {
      const isStep = message.events.some(({ kind, type }) => kind === "stepStarted" && type !== "environment");
      if (message.jobId !== job.id || seen.first || !isStep) return;
      seen.first = now();
      seen.started = statSync(`${workspaces}/${job.id}-${message.attempt}/started`).mtimeMs;
    };
    const status = (message) => {
      if (message.job.id === job.id) seen.status = message.job.status;
    };
    socket.on("events", events).on("job", status);
    return () => socket.off("events", events).off("job", status);
  };
  const sent = now();
  const { job } = await ask("play", { requestId: randomUUID(), robotId: robot.id, parameters: [] });
  const answered = now();
  const deaf = listen(job);
  await ask("watch", { jobId: job.id, after: 0 });
  const isEnded = await until(LIMIT_MS, () => !["", "waiting", "executing"].includes(seen.status));
  deaf();
  // A connection may follow so many jobs and no more.
  await ask("unwatch", { jobId: job.id });
  if (!isEnded || seen.status !== "success" || !seen.first) fail(`a measured job ended as ${seen.status || "nothing"}`);
  return { answered: answered - sent, started: seen.started - sent, firstStep: seen.first - sent };
}

main().catch((error) => fail(error.message));
