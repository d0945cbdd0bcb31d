// A page that follows a job and stops reading while the robot goes on talking; it reads again when
// the test says so.

import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { agent, ask, given, heard, join, page, until } from "./clients.mjs";

const EVENTS = 16;
const TEXT = "x".repeat(60_000);

const web = await page();
const worker = await agent();
await join(worker);
const { job } = await ask(web, "play", { requestId: "slow", robotId: given.robotId, parameters: [] });
await ask(worker, "claim", { claimId: "slow", free: 1 });
await ask(worker, "confirm", { jobId: job.id, attempt: 1 });
await ask(web, "watch", { jobId: job.id, after: 0 });

const wire = web.io.engine.transport.ws._socket;
wire.pause();
let reads = false;
createInterface(process.stdin).on("line", () => {
  reads = true;
  wire.resume();
});
console.log("paused");

let upTo = 0;
const at = "2026-11-23T08:15:02.118Z";
while (!reads) {
  const first = upTo + 1;
  const events = Array.from({ length: EVENTS }, (_, i) => ({ seq: first + i, at, kind: "log", text: TEXT }));
  // Nobody else is held up by the page that does not read.
  const answer = await ask(worker, "events", { jobId: job.id, attempt: 1, first, events });
  assert.equal(answer.ok, true, JSON.stringify(answer));
  upTo = answer.upTo;
}

if (given.closed) {
  await until("the connection ends", () => web.disconnected);
} else {
  const behind = await heard(web, "behind");
  assert.equal(behind.jobId, job.id);
  const seen = web.heard.filter(([name]) => name === "events").flatMap(([, body]) => body.events);
  assert.ok(seen.every(({ seq }, i) => seq === i + 1), "what was sent before is in order and whole");
  assert.ok(behind.upTo >= seen.length, "it says how far the log goes");
  // What it does now: asks for the rest, and follows again.
  web.heard.length = 0;
  const watched = await ask(web, "watch", { jobId: job.id, attempt: 1, after: upTo });
  assert.equal(watched.ok, true, JSON.stringify(watched));
  const events = [{ seq: upTo + 1, at, kind: "log", text: "again" }];
  await ask(worker, "events", { jobId: job.id, attempt: 1, first: upTo + 1, events });
  const live = await heard(web, "events", (body) => body.first === upTo + 1);
  assert.equal(live.events[0].text, "again");
}
console.log("{}");
process.exit(0);
