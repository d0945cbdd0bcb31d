// Plays one robot over the same messages as the page, prints its steps as they happen, and ends
// with 0 only if the job ended as `success`.
import { randomUUID } from "node:crypto";
import { all, fail, page, signIn, task, until, write } from "./client.mjs";

// Long enough for the first environment of a robot on a slow line.
const LIMIT_MS = 20 * 60_000;
const LAST_EVENTS_MS = 10_000;
const SIGNS = { pass: "✓", fail: "✕", skip: "↷", not_run: "○" };

// {server, link, robot}
async function main() {
  const given = await task();
  const session = await signIn(given);
  const { me, rest } = session;
  const robots = await all(rest, `/users/${me.userId}/robots`);
  const robot = robots.find(({ name }) => name.toLowerCase() === given.robot.toLowerCase());
  if (!robot) {
    fail(`there is no robot named “${given.robot}”\nhint: there are ${robots.map(({ name }) => `“${name}”`).join(", ")}`);
  }

  const { socket, ask } = await page(session);
  await ask("join", { userId: me.userId });
  const requestId = randomUUID();
  const { job } = await ask("play", { requestId, robotId: robot.id, version: robot.version, parameters: [] });
  write(`Job ${job.number} of “${robot.name}”: ${job.status}${job.whyWaiting ? ` (${job.whyWaiting.message})` : ""}`);

  const story = new Story();
  let latest = job;
  const news = (next) => {
    if (next.id !== job.id || next.rev < latest.rev) return;
    if (next.status !== latest.status) write(`  ${next.status}${next.agentName ? ` on ${next.agentName}` : ""}`);
    else if (next.whyWaiting && next.whyWaiting.message !== latest.whyWaiting?.message) write(`  ${next.whyWaiting.message}`);
    latest = next;
  };
  const watch = async () => {
    const answer = await ask("watch", { jobId: job.id, after: story.seq, ...(story.seq > 0 && { attempt: story.attempt }) });
    news(answer.job);
  };
  socket.on("job", (message) => news(message.job));
  socket.on("events", (message) => {
    if (message.jobId === job.id && !story.take(message)) watch().catch((error) => fail(error.message));
  });
  socket.on("behind", (message) => {
    if (message.jobId === job.id) watch().catch((error) => fail(error.message));
  });
  socket.io.on("reconnect", () => {
    ask("join", { userId: me.userId }).then(watch).catch((error) => fail(error.message));
  });
  await watch();

  const isEnded = () => ["success", "failed", "cancelled"].includes(latest.status);
  if (!(await until(LIMIT_MS, isEnded))) fail(`the job has not ended after ${LIMIT_MS / 60_000} minutes`);
  await until(LAST_EVENTS_MS, () => story.seq >= (latest.lastSeq ?? 0));
  const artifacts = (await rest("GET", `/jobs/${job.id}/artifacts`)).items;
  socket.close();
  end(latest, story, artifacts);
}

function end(job, story, artifacts) {
  for (const { name, sizeBytes } of artifacts) write(`  file ${name} (${sizeBytes} bytes)`);
  if (story.seq < (job.lastSeq ?? 0)) fail(`the log ends at ${story.seq} instead of ${job.lastSeq}`);
  const { kind, failure, message, step } = job.outcome ?? {};
  write(`Job ${job.number}: ${job.status}, ${story.steps} steps, ${story.seq} events without a gap`);
  if (job.status === "success") return;
  const network = failure === "environment" ? "\nhint: the first job of a robot fetches its Python packages and needs the network" : "";
  fail(`the job ended as ${kind ?? job.status}${failure ? ` (${failure})` : ""}: ${message ?? ""}${step ? ` at “${step}”` : ""}${network}`);
}

// What has been told of the job so far, in the order of `seq`.
class Story {
  seq = 0;
  attempt = 0;
  steps = 0;
  depth = new Map();
  names = new Map();

  // False if events are missing before these.
  take({ attempt, first, events }) {
    if (attempt > this.attempt) Object.assign(this, { attempt, seq: 0, depth: new Map(), names: new Map() });
    if (attempt < this.attempt) return true;
    if (first > this.seq + 1) return false;
    for (const event of events.slice(this.seq + 1 - first)) {
      this.seq = event.seq;
      this.tell(event);
    }
    return true;
  }

  tell(event) {
    const at = "  ".repeat((this.depth.get(event.step) ?? 0) + 1);
    switch (event.kind) {
      case "stepStarted": {
        const depth = (this.depth.get(event.parent) ?? 0) + 1;
        this.depth.set(event.step, depth);
        this.names.set(event.step, [event.name, ...(event.args ?? [])].filter(Boolean).join("  ") || event.type);
        this.steps += 1;
        if (event.type !== "iteration") write(`${"  ".repeat(depth)}▶ ${this.names.get(event.step)}`);
        break;
      }
      case "stepEnded": {
        const took = event.elapsedMs === undefined ? "" : `  ${(event.elapsedMs / 1000).toFixed(1)} s`;
        write(`${at.slice(2)}${SIGNS[event.status] ?? event.status} ${this.names.get(event.step)}${took}`);
        break;
      }
      case "log":
        write(`${at}${event.level === "info" ? "" : `${event.level.toUpperCase()} `}${event.text}`);
        break;
      case "note":
        write(`  (${event.text})`);
        break;
      case "gap":
        write(`  … ${event.count ?? "some"} lines are missing: ${event.reason}`);
        break;
    }
  }
}

main().catch((error) => fail(error.message));
