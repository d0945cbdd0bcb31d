// A search in the whole log, done by the server part by part, and the place in what it found. Made by the pane of the
// log, ended with it. Only numbers of lines are kept: what a line says is the log's.

import type { Level } from "../../live/log";
import type { Failure } from "../../wire/failure";
import { rest } from "../../wire/rest";

/** Above this the search waits until somebody wants to see more. */
const enough = 5_000;
const perAnswer = 1_000;

export class Finding {
  hits: number[] = $state.raw([]);
  /** The place of the shown hit, from 0. */
  at = $state(-1);
  busy = $state(false);
  /** The search has not reached the end of the log. */
  more = $state(false);
  failure: Failure | undefined = $state.raw();
  /** What the hits were found for. */
  #for = "";
  #searchedTo = 0;
  #abort = new AbortController();

  constructor(readonly onshow: (seq: number) => void) {}

  /** Looks for a text anew, or goes to the next hit of the same. */
  async next(job: string, attempt: number | undefined, level: Level, text: string, backwards = false): Promise<void> {
    const wanted = JSON.stringify([job, attempt, level, text]);
    if (wanted !== this.#for) {
      this.clear();
      this.#for = wanted;
      await this.#search(job, attempt, level, text);
      this.#go(0);
      return;
    }
    if (this.busy) return;
    const last = this.hits.length - 1;
    // A log that grows is looked through on from where the search ended.
    if (!backwards && this.at >= last) await this.#search(job, attempt, level, text);
    if (backwards) this.#go(this.at <= 0 ? this.hits.length - 1 : this.at - 1);
    else this.#go(this.at + 1 < this.hits.length ? this.at + 1 : 0);
  }

  clear(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#for = "";
    this.#searchedTo = 0;
    this.hits = [];
    this.at = -1;
    this.busy = false;
    this.more = false;
    this.failure = undefined;
  }

  get searched(): boolean {
    return this.#for !== "" && !this.busy && this.failure === undefined;
  }

  #go(place: number): void {
    const seq = this.hits[place];
    if (seq === undefined) return;
    this.at = place;
    this.onshow(seq);
  }

  async #search(job: string, attempt: number | undefined, level: Level, q: string): Promise<void> {
    const { signal } = this.#abort;
    this.busy = true;
    this.failure = undefined;
    const begun = this.hits.length;
    for (;;) {
      const query = { q, level, attempt, after: this.#searchedTo, limit: perAnswer };
      const answer = await rest.search(job, query, signal);
      if (signal.aborted) return;
      if (!answer.ok) {
        this.failure = answer.failure;
        break;
      }
      const { items, searchedTo, upTo } = answer.value;
      const moved = searchedTo > this.#searchedTo;
      this.#searchedTo = searchedTo;
      this.hits = [...this.hits, ...items.map(({ seq }) => seq)];
      this.more = searchedTo < upTo;
      if (!this.more || !moved || this.hits.length - begun >= enough) break;
    }
    this.busy = false;
  }
}
