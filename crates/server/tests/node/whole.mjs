// A job from play to success, and what must be refused on the way.

import assert from "node:assert/strict";
import { agent, ask, connect, given, heard, join, page, until } from "./clients.mjs";

const at = "2026-11-23T08:15:02.118Z";
const log = (seq) => ({ seq, at, kind: "log", level: "info", text: `line ${seq}` });

async function refused(connecting, code) {
  await assert.rejects(connecting, (error) => error.message.startsWith(`${code}: `));
}

// The door.
await refused(agent({ key: "A".repeat(43) }), "unauthenticated");
await refused(agent({ userId: given.foreignId }), "unauthenticated");
await refused(agent({ v: 2 }), "unsupported_version");
await refused(connect("/agent", {}), "unsupported_version");
await refused(connect("/web", { auth: { v: 1 } }), "unauthenticated");
await refused(connect("/web", { auth: { v: 1, token: "made up" } }), "unauthenticated");
await assert.rejects(connect("/", {}), /Invalid namespace/);
await assert.rejects(
  page({ extraHeaders: { Cookie: given.cookie, Origin: "https://evil.example" } }),
);

// A page may enter its own room alone; a message must be an object that is known.
const web = await page();
const polling = await page({ transports: ["polling"] });
assert.equal((await ask(web, "join", { userId: given.foreignId })).error.code, "forbidden");
assert.equal((await ask(web, "join", { userId: "nonsense" })).error.code, "forbidden");
const joined = await ask(web, "join", { userId: given.userId });
assert.equal(joined.ok, true);
assert.equal(joined.room, given.userId);
assert.equal(joined.limits.batchesInFlight, 8);
assert.equal((await ask(polling, "join", { userId: given.userId })).ok, true);
assert.equal((await ask(web, "dance", {})).error.code, "invalid");
assert.equal((await ask(web, "join", "text")).error.code, "invalid");
assert.equal((await ask(web, "join", {}, {})).error.code, "invalid");
const unread = await ask(web, "play", { requestId: 7 });
assert.equal(unread.error.code, "invalid");
assert.equal(unread.error.fields[0].name, "requestId");
assert.ok(unread.error.reference);
const large = await ask(web, "play", { requestId: "x".repeat(1_200_000) });
assert.equal(large.error.code, "too_large");

// An agent says `join` first; a foreign room is refused.
const worker = await agent();
assert.equal((await ask(worker, "claim", { claimId: "a", free: 1 })).error.code, "not_joined");
assert.equal((await join(worker, { userId: given.foreignId })).error.code, "forbidden");
assert.equal((await join(worker, { slots: 65 })).error.code, "invalid");
const room = await join(worker);
assert.deepEqual([room.ok, room.room, room.agentId], [true, given.userId, given.agentId]);
await heard(web, "agent", ({ agent }) => agent.state === "online");
await heard(polling, "agent", ({ agent }) => agent.state === "online");

// Play: the same request is the same job.
const play = { requestId: "r-1", robotId: given.robotId, parameters: [] };
const played = await ask(web, "play", play);
assert.equal(played.job.status, "waiting");
const { id: jobId } = played.job;
assert.equal((await ask(web, "play", play)).job.id, jobId);
const other = { ...play, parameters: [{ name: "X", value: 1 }] };
assert.ok(["conflict", "invalid"].includes((await ask(web, "play", other)).error.code));
const foreign = await ask(web, "play", { ...play, requestId: "r-2", robotId: given.foreignId });
assert.equal(foreign.error.code, "not_found");
await heard(worker, "work");
const pushed = await heard(web, "job", ({ job }) => job.id === jobId);
assert.equal("parameters" in pushed.job, false);

// Offer and confirm.
const watching = await ask(web, "watch", { jobId, after: 0 });
assert.deepEqual([watching.ok, watching.upTo], [true, 0]);
const { offers } = await ask(worker, "claim", { claimId: "c-1", free: 1 });
assert.equal(offers.length, 1);
const [{ attempt }] = offers;
assert.equal(attempt, 1);
assert.match(offers[0].robot.source, /Log/);
const early = await ask(worker, "events", { jobId, attempt, first: 1, events: [log(1)] });
assert.equal(early.error.code, "not_confirmed");
assert.deepEqual(await ask(worker, "confirm", { jobId, attempt }), { ok: true, secrets: [] });
await heard(web, "job", ({ job }) => job.id === jobId && job.status === "executing");

// Events reach the watcher once each, in order, as they were sent.
const batch = { jobId, attempt, first: 1, events: [log(1), log(2)] };
assert.equal((await ask(worker, "events", batch)).upTo, 2);
assert.equal((await ask(worker, "events", batch)).upTo, 2);
const hole = await ask(worker, "events", { jobId, attempt, first: 4, events: [log(4)] });
assert.deepEqual([hole.error.code, hole.error.upTo], ["missing_events", 2]);
worker.emit("events", { jobId, attempt, first: 3, events: [log(3)] });
await heard(web, "events", ({ first, events }) => first + events.length > 3);
const events = web.heard.filter(([name]) => name === "events").flatMap(([, body]) => body.events);
assert.deepEqual(events, [log(1), log(2), log(3)]);

// Attempts that are not this agent's.
const stale = await ask(worker, "events", { jobId, attempt: 2, first: 1, events: [log(1)] });
assert.equal(stale.error.code, "stale_attempt");
const unknown = await ask(worker, "confirm", { jobId: given.foreignId, attempt: 1 });
assert.equal(unknown.error.code, "stale_attempt");

// More batches than may be unanswered: the rest is told to slow down, in time.
const flood = Array.from({ length: 30 }, (_, i) =>
  ask(worker, "events", { jobId, attempt, first: 4 + i, events: [log(4 + i)] }),
);
const flooded = await Promise.all(flood);
const codes = flooded.map((answer) => (answer.ok ? "ok" : answer.error.code));
assert.ok(codes.every((code) => ["ok", "slow_down", "missing_events"].includes(code)), `${codes}`);
const { upTo } = await ask(worker, "events", batch);
assert.equal(upTo, 3 + codes.filter((code) => code === "ok").length);

// Cancel is pushed; the robot was faster.
assert.equal((await ask(web, "cancel", { jobId, mode: "stop" })).job.status, "executing");
assert.deepEqual(await heard(worker, "cancel"), { jobId, attempt, mode: "stop" });
await heard(web, "job", ({ job }) => job.cancelling?.reached === true);
const outcome = { kind: "success", ranMs: 5 };
const finished = await ask(worker, "finish", { jobId, attempt, lastSeq: upTo, outcome });
assert.equal(finished.outcome.kind, "success");
await heard(web, "job", ({ job }) => job.id === jobId && job.status === "success");
await heard(polling, "job", ({ job }) => job.id === jobId && job.status === "success");
const late = await ask(web, "cancel", { jobId, mode: "stop" });
assert.deepEqual([late.error.code, late.error.job.id], ["conflict", jobId]);

// A newer process takes over: the older one hears it, and is closed.
const second = await agent({ instance: "two" });
assert.equal((await join(second)).ok, true);
assert.equal((await heard(worker, "goodbye")).reason, "replaced");
await until("the older one is closed", () => worker.disconnected);

// A page that leaves its room hears no more; what it said without `ack` was carried out.
polling.emit("leave", { userId: given.userId });
assert.equal((await ask(polling, "leave", { userId: given.userId })).ok, true);

// A removed computer is told, closed, and not let in again.
const removed = await fetch(`${given.address}/api/v1/agents/${given.agentId}?running=finish`, {
  method: "DELETE",
  headers: { Cookie: given.cookie, Origin: given.address },
});
assert.equal(removed.status, 204);
assert.deepEqual(await heard(second, "goodbye"), { reason: "revoked", running: "finish" });
await until("the removed one is closed", () => second.disconnected);
await refused(agent(), "revoked");
await heard(web, "agent", ({ agent }) => agent.deleted === true);

console.log(JSON.stringify({ jobId }));
web.close();
polling.close();
second.close();
