// The job that another is compared with: the last success of the robot before it, or a chosen one. Made by the pane of
// steps, ended with it.

import { Reference } from "../../live/compare";
import type { Failure } from "../../wire/failure";
import type { Job } from "../../wire/generated";
import { rest } from "../../wire/rest";
import { ranMs } from "../../words/outcome";

/** How many earlier successes are offered. */
const offered = 20;
/** From how many times on something is usual, and how many of them count. */
const enough = 5;
const recent = 10;

export class Comparison {
  choices: Job[] = $state.raw([]);
  chosen: string | undefined = $state();
  reference: Reference | undefined = $state.raw();
  failure: Failure | undefined = $state.raw();
  /** It was looked, and there is no earlier success. */
  none = $state(false);
  /** How long the robot usually takes: the middle of its last successes. */
  readonly usualMs = $derived.by(() => {
    const times = this.choices
      .slice(0, recent)
      .flatMap((job) => ranMs(job) ?? [])
      .sort((a, b) => a - b);
    return times.length < enough ? undefined : times[Math.floor(times.length / 2)];
  });
  #asked: string | undefined;
  #abort = new AbortController();

  /** Looks for what `job` can be compared with; once for each job. */
  ask(job: Job): void {
    if (this.#asked === job.id) return;
    this.#asked = job.id;
    void this.#find(job);
  }

  choose(id: string): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.chosen = id;
    this.reference = undefined;
    void this.#read(id);
  }

  end(): void {
    this.#abort.abort();
  }

  async #find(job: Job): Promise<void> {
    const query = { robotId: job.robotId, status: "success", to: job.createdAt, limit: offered };
    const answer = await rest.jobs(query, this.#abort.signal);
    if (this.#abort.signal.aborted) return;
    if (!answer.ok) {
      this.failure = answer.failure;
      this.#asked = undefined;
      return;
    }
    this.choices = answer.value.items;
    const last = this.choices[0];
    this.none = last === undefined;
    if (last) this.choose(last.id);
  }

  async #read(id: string): Promise<void> {
    const { signal } = this.#abort;
    const answer = await rest.steps(id, signal);
    if (signal.aborted) return;
    this.failure = answer.ok ? undefined : answer.failure;
    if (answer.ok) this.reference = new Reference(answer.value.items);
  }
}
