// A model of the server that loses, doubles and cuts what it pushes. Whatever it does, after the last join the page
// holds exactly what the server stored.

import { describe, expect, test } from "vitest";
import { type Answer, good, unreachable } from "../wire/failure";
import type { Event, Job } from "../wire/generated";
import { JobCore, type JobSource } from "./job-core";

const id = "j";

function jobOf(more: Partial<Job> = {}): Job {
  return {
    id,
    number: 1,
    userId: "u",
    robotId: "r",
    robotName: "Robot",
    robotVersion: 1,
    status: "executing",
    rev: 1,
    asOf: "2026-01-01T00:00:00.000Z",
    createdAt: "2026-01-01T00:00:00.000Z",
    createdBy: { kind: "user", id: "u", name: "Anna" },
    attempt: 1,
    can: { cancel: true, kill: true, retry: { no: "" } },
    ...more,
  };
}

const line = (seq: number): Event => ({
  seq,
  at: "2026-01-01T00:00:00.000Z",
  kind: "log",
  level: "info",
  text: `${seq}`,
});

class Model implements JobSource {
  job_ = jobOf();
  stored: Event[][] = [[]];
  watchers: { attempt: number; after: number }[] = [];
  up = true;
  asked = 0;
  core: JobCore | undefined;

  get events_(): Event[] {
    return this.stored[this.stored.length - 1] ?? [];
  }

  async job(): Promise<Answer<Job>> {
    await Promise.resolve();
    return this.up ? good(structuredClone(this.job_)) : unreachable("");
  }

  async events(_: string, query: { attempt?: number; after: number; limit?: number }) {
    this.asked += 1;
    await Promise.resolve();
    if (!this.up) return unreachable("");
    const attempt = query.attempt ?? this.stored.length;
    const all = this.stored[attempt - 1] ?? [];
    const items = all.slice(query.after, query.after + Math.min(query.limit ?? 500, 7));
    const upTo = query.after + items.length;
    return good({ attempt, items, upTo, ...(upTo < all.length ? { nextAfter: upTo } : {}) });
  }

  async watch(body: { attempt?: number; after: number }) {
    await Promise.resolve();
    if (!this.up) return unreachable("");
    const attempt = body.attempt ?? this.stored.length;
    // What was stored between the last answer and the watch is told at once.
    const missed = (this.stored[attempt - 1] ?? []).slice(body.after);
    const first = missed[0];
    if (first) this.core?.take({ jobId: id, attempt, first: first.seq, events: missed });
    return good({ job: structuredClone(this.job_), attempt, upTo: this.events_.length });
  }

  unwatch(): void {}
  live(): boolean {
    return this.up;
  }

  store(count: number): Event[] {
    const fresh = Array.from({ length: count }, (_, index) => line(this.events_.length + index + 1));
    this.events_.push(...fresh);
    return fresh;
  }
}

const settled = async () => {
  for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
};

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

describe("a followed job", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    test(`holds what the server stored, whatever was lost on the way (seed ${seed})`, async () => {
      const chance = random(seed);
      const model = new Model();
      const core = new JobCore(id, model, () => {});
      model.core = core;
      model.store(Math.floor(chance() * 20));
      await core.sync();
      for (let round = 0; round < 60; round += 1) {
        const fresh = model.store(1 + Math.floor(chance() * 5));
        const first = fresh[0]?.seq ?? 1;
        const attempt = model.stored.length;
        const what = chance();
        if (what < 0.5) core.take({ jobId: id, attempt, first, events: fresh });
        else if (what < 0.6) {
          core.take({ jobId: id, attempt, first, events: fresh });
          core.take({ jobId: id, attempt, first, events: fresh });
        } else if (what < 0.75) {
          const cut = fresh.slice(1);
          if (cut[0]) core.take({ jobId: id, attempt, first: cut[0].seq, events: cut });
        } else if (what < 0.82) core.behind(model.events_.length);
        else if (what < 0.88) {
          model.stored.push([]);
          model.job_ = jobOf({ rev: model.job_.rev + 1, attempt: model.stored.length });
          const begun = model.store(2);
          core.take({ jobId: id, attempt: model.stored.length, first: 1, events: begun });
        } else if (what < 0.94) {
          model.up = false;
          await settled();
          model.up = true;
          void core.sync();
        }
        if (chance() < 0.4) await settled();
      }
      await core.sync();
      await settled();
      expect(core.attempt).toBe(model.stored.length);
      expect(core.log.upTo).toBe(model.events_.length);
      expect(core.log.hasHole).toBe(false);
      const texts = Array.from({ length: core.log.rowCount("info") }, (_, index) => core.log.rowAt("info", index));
      expect(texts.map((row) => (row?.kind === "event" ? row.event.seq : -1))).toEqual(
        model.events_.map(({ seq }) => seq),
      );
    });
  }

  test("an old attempt's late events change nothing", async () => {
    const model = new Model();
    model.stored = [[line(1)], [line(1), line(2)]];
    model.job_ = jobOf({ attempt: 2 });
    const core = new JobCore(id, model, () => {});
    await core.sync();
    core.take({ jobId: id, attempt: 1, first: 2, events: [line(2), line(3)] });
    expect([core.attempt, core.log.upTo]).toEqual([2, 2]);
  });

  test("an offer that nobody confirmed is no attempt to wait for", async () => {
    const model = new Model();
    model.stored = [[line(1)]];
    model.job_ = jobOf({ attempt: 2, status: "cancelled" });
    const core = new JobCore(id, model, () => {});
    await core.sync();
    await core.sync();
    expect([core.attempt, core.log.upTo]).toEqual([1, 1]);
  });

  test("a newer call of sync voids the older", async () => {
    const model = new Model();
    model.store(3);
    const core = new JobCore(id, model, () => {});
    await Promise.all([core.sync(), core.sync(), core.sync()]);
    expect(core.log.upTo).toBe(3);
    expect(model.asked).toBe(1);
  });

  test("parameters, which pushes leave out, are carried over and other absent fields are gone", async () => {
    const model = new Model();
    model.job_ = jobOf({ parameters: [], silentSince: "2026-01-01T00:00:00.000Z" });
    const core = new JobCore(id, model, () => {});
    await core.sync();
    core.adopt(jobOf({ rev: 2 }));
    expect(core.job?.parameters).toEqual([]);
    expect(core.job?.silentSince).toBeUndefined();
    core.adopt(jobOf({ rev: 1, status: "failed" }));
    expect(core.job?.status).toBe("executing");
  });
});
