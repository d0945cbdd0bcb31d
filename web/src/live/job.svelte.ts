// A followed job as a page shows it: the plain core of job-core.ts behind two raw values and one number that grows.
// Rows depend on `upTo` and read the log when they are drawn. Made by the page of a job, ended with it.

import type { Failure } from "../wire/failure";
import type { Job } from "../wire/generated";
import type { Rest } from "../wire/rest";
import type { Socket } from "../wire/socket";
import { type Change, JobCore } from "./job-core";
import type { Log } from "./log";

/** A hidden tab gets no frames; then events are shown this much later. */
const latestMs = 250;
/** Between two times that arriving events are drawn: faster than anybody reads, and half the work of every frame. */
const betweenMs = 50;

export class LiveJob {
  job: Job | undefined = $state.raw();
  failure: Failure | undefined = $state.raw();
  attempt: number | undefined = $state();
  /** Raised when events came: in the next frame, but not again before `betweenMs`. */
  upTo = $state(0);
  readonly #core: JobCore;
  readonly #ends: (() => void)[];
  #frame: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #shownAt = Number.NEGATIVE_INFINITY;

  constructor(id: string, rest: Rest, socket: Socket, pinned?: number) {
    this.#core = new JobCore(
      id,
      {
        job: (job, signal) => rest.job(job, signal),
        events: (job, query, signal) => rest.events(job, query, signal),
        watch: (body) => socket.ask("watch", body),
        unwatch: (jobId) => void socket.ask("unwatch", { jobId }),
        live: () => socket.connected,
      },
      (change) => this.#changed(change),
      pinned,
    );
    this.#ends = [
      socket.on("job", ({ job }) => this.#core.adopt(job)),
      socket.on("events", (batch) => this.#core.take(batch)),
      socket.on("behind", ({ jobId, upTo }) => {
        if (jobId === id) this.#core.behind(upTo);
      }),
    ];
  }

  get log(): Log {
    return this.#core.log;
  }

  sync = (): void => {
    void this.#core.sync();
  };

  adopt(job: Job): void {
    this.#core.adopt(job);
  }

  end(): void {
    for (const end of this.#ends) end();
    this.#core.end();
    this.#cancel();
  }

  #changed(change: Change): void {
    this.job = this.#core.job;
    this.failure = this.#core.failure;
    if (change === "attempt") this.#show();
    else if (change === "events") this.#later();
  }

  #later(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#show(), latestMs);
    const inMs = this.#shownAt + betweenMs - performance.now();
    const frame = () => {
      this.#frame = requestAnimationFrame(() => this.#show());
    };
    if (inMs > 0) this.#pause = setTimeout(frame, inMs);
    else frame();
  }

  #show(): void {
    this.#cancel();
    this.#shownAt = performance.now();
    this.attempt = this.#core.attempt;
    this.upTo += 1;
  }

  #cancel(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    clearTimeout(this.#pause);
    this.#frame = undefined;
    this.#timer = undefined;
  }
}
