// Very many messages of one socket: answered in the order in which they were sent.

import assert from "node:assert/strict";
import { agent, ask, given, join, page } from "./clients.mjs";

const web = await page();
const order = [];
await Promise.all(
  Array.from({ length: given.messages }, (_, i) =>
    ask(web, i % 2 ? "unwatch" : "leave", { jobId: "x", userId: given.userId }).then((answer) => {
      assert.equal(answer.ok, true);
      order.push(i);
    }),
  ),
);
assert.ok(order.every((found, i) => found === i));

// Handled in order too: a log takes only what continues it.
const worker = await agent();
await join(worker);
const played = await ask(web, "play", { requestId: "o", robotId: given.robotId, parameters: [] });
const jobId = played.job.id;
await ask(worker, "claim", { claimId: "o", free: 1 });
await ask(worker, "confirm", { jobId, attempt: 1 });
const at = "2026-11-23T08:15:02.118Z";
for (let first = 1; first <= 400; first += 8) {
  const batches = Array.from({ length: 8 }, (_, i) => {
    const events = [{ seq: first + i, at, kind: "log", text: "x" }];
    return ask(worker, "events", { jobId, attempt: 1, first: first + i, events });
  });
  for (const [i, answer] of (await Promise.all(batches)).entries()) {
    assert.equal(answer.upTo, first + i);
  }
}
console.log("{}");
web.close();
worker.close();
