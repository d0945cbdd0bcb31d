// One job as a page follows it: a snapshot by REST, then events by seq. Plain TypeScript without a rune; the class
// around it in job.svelte.ts makes it visible. `sync` alone brings it up to date: on start, after each join, on `behind`
// and on a hole. A newer call voids an older one. It ends with `end`.

import type { Answer, Failure } from "../wire/failure";
import type { EventBatch, EventPage, Job, WatchAnswer } from "../wire/generated";
import { isNewer } from "./held";
import { Log } from "./log";

/** What the core needs of the network. */
export interface JobSource {
  job(id: string, signal: AbortSignal): Promise<Answer<Job>>;
  events(
    id: string,
    query: { attempt?: number; after: number; limit?: number },
    signal: AbortSignal,
  ): Promise<Answer<EventPage>>;
  watch(body: { jobId: string; attempt?: number; after: number; only?: boolean }): Promise<Answer<WatchAnswer>>;
  unwatch(jobId: string): void;
  /** Whether `watch` can be asked at all just now. */
  live(): boolean;
}

export type Change = "job" | "events" | "attempt" | "failure";

const blockSize = 1_000;

export class JobCore {
  job: Job | undefined;
  failure: Failure | undefined;
  log = new Log();
  /** The attempt whose events `log` holds. Undefined until one was confirmed. */
  attempt: number | undefined;
  #turn = 0;
  #abort = new AbortController();
  #ended = false;
  #busy = false;

  constructor(
    readonly id: string,
    readonly source: JobSource,
    readonly onChange: (change: Change) => void,
    /** An attempt that the address names; absent: the latest, and each newer one as it begins. */
    readonly pinned?: number,
  ) {
    this.attempt = pinned;
  }

  async sync(): Promise<void> {
    if (this.#ended) return;
    const turn = ++this.#turn;
    const before = this.log.upTo;
    this.#busy = true;
    await this.#bring(turn);
    if (turn !== this.#turn || this.#ended) return;
    this.#busy = false;
    // What came meanwhile may have left another hole; without progress the next batch or join tries again.
    if (this.log.hasHole && this.log.upTo > before) await this.sync();
  }

  async #bring(turn: number): Promise<void> {
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const over = () => turn !== this.#turn || this.#ended;

    const answer = await this.source.job(this.id, signal);
    if (over()) return;
    if (!answer.ok) {
      this.failure = answer.failure;
      this.onChange("failure");
      return;
    }
    this.adopt(answer.value);
    if (this.failure) {
      this.failure = undefined;
      this.onChange("failure");
    }
    if (!(await this.#read(signal, over))) return;
    if (!this.source.live()) return;

    const after = this.log.upTo;
    const watched = await this.source.watch({
      jobId: this.id,
      after,
      ...(this.attempt === undefined || (after === 0 && this.pinned === undefined) ? {} : { attempt: this.attempt }),
      ...(this.pinned === undefined ? {} : { only: true }),
    });
    if (over()) return;
    if (watched.ok) this.adopt(watched.value.job);
  }

  /** Takes the job as pushed or answered. Pushes leave the parameters out; they never change, so they are carried over. */
  adopt(job: Job): void {
    if (job.id !== this.id || !isNewer(job, this.job)) return;
    const { job: held } = this;
    this.job = job.parameters || !held?.parameters ? job : { ...job, parameters: held.parameters };
    this.onChange("job");
  }

  /** Takes pushed events: older attempts and doubles are dropped, a newer attempt begins anew, a hole is fetched. */
  take(batch: EventBatch): void {
    if (batch.jobId !== this.id || this.#ended) return;
    if (this.pinned !== undefined && batch.attempt !== this.pinned) return;
    if (this.attempt !== undefined && batch.attempt < this.attempt) return;
    this.#enter(batch.attempt);
    this.log.take(batch.events);
    this.onChange("events");
    if (this.log.hasHole && !this.#busy) void this.sync();
  }

  /** The server had to leave events out. */
  behind(upTo: number): void {
    this.log.expect(upTo);
    this.onChange("events");
    void this.sync();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#abort.abort();
    if (this.source.live()) this.source.unwatch(this.id);
  }

  /** Reads what is stored beyond `upTo`, block by block. False if voided or failed. */
  async #read(signal: AbortSignal, over: () => boolean): Promise<boolean> {
    let named = this.pinned ?? this.attempt;
    let askedForLatest = named === undefined;
    for (;;) {
      const query = named === undefined ? { after: 0 } : { attempt: named, after: this.log.upTo };
      const answer = await this.source.events(this.id, { ...query, limit: blockSize }, signal);
      if (over()) return false;
      if (!answer.ok) {
        this.failure = answer.failure;
        this.onChange("failure");
        return false;
      }
      const { attempt, items, nextAfter } = answer.value;
      if (attempt !== undefined && (this.attempt === undefined || attempt >= this.attempt)) {
        this.#enter(attempt);
        this.log.take(items);
        if (items.length > 0) this.onChange("events");
        named = attempt;
        if (nextAfter !== undefined && items.length > 0) continue;
      }
      if (askedForLatest || !this.#outgrown()) return true;
      // The attempt that is held ended while the page was away, and another may have begun.
      askedForLatest = true;
      named = undefined;
    }
  }

  /** The job has events of a newer attempt than the one that was read. */
  #outgrown(): boolean {
    const { job, attempt } = this;
    if (this.pinned !== undefined || attempt === undefined || !job) return false;
    return job.attempt !== undefined && job.attempt > attempt && job.status !== "waiting";
  }

  #enter(attempt: number): void {
    if (this.attempt === attempt) return;
    const first = this.attempt === undefined && this.log.known === 0;
    this.attempt = attempt;
    if (!first) {
      this.log = new Log();
      this.onChange("attempt");
    }
  }
}
