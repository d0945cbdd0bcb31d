// The events of one attempt as the page holds them. `seq` is the index: event n lies at n − 1, so that one look finds
// doubles and holes. Steps, counts and rows follow from the part without a hole.

import type { Event } from "../wire/generated";
import { StepTree } from "./steps";

export type Level = "trace" | "debug" | "info" | "warn" | "error";
export const levels: readonly Level[] = ["trace", "debug", "info", "warn", "error"];

/** What a row of the log shows: an event, or the hole before `seq`. */
export type LogRow = { kind: "event"; event: Event } | { kind: "hole"; from: number; to: number };

export class Log {
  readonly steps = new StepTree();
  readonly #events: (Event | undefined)[] = [];
  readonly #lines: number[] = [];
  readonly #counts: Record<Level, number> = { trace: 0, debug: 0, info: 0, warn: 0, error: 0 };
  #upTo = 0;
  #missing = 0;
  #gaps = 0;
  #view: { level: Level; seen: number; rows: number[] } = { level: "info", seen: 0, rows: [] };

  /** Everything up to and including this seq is here. */
  get upTo(): number {
    return this.#upTo;
  }

  /** The highest seq that has come. Above `upTo` there is a hole between. */
  get known(): number {
    return this.#events.length;
  }

  get hasHole(): boolean {
    return this.known > this.#upTo;
  }

  /** Lines lost for good, as far as their number is known, and how many gaps say so. */
  get lost(): { lines: number; gaps: number } {
    return { lines: this.#missing, gaps: this.#gaps };
  }

  /** How many lines are of exactly this level. */
  count(level: Level): number {
    return this.#counts[level];
  }

  event(seq: number): Event | undefined {
    return this.#events[seq - 1];
  }

  /** Takes a batch. Doubled events are dropped, later ones wait for the hole before them. */
  take(events: readonly Event[]): void {
    for (const event of events) {
      const index = event.seq - 1;
      if (!Number.isSafeInteger(index) || index < 0 || index > this.#upTo + 5_000_000) continue;
      if (this.#events[index] === undefined) this.#put(index, event);
    }
    this.#advance();
  }

  /** Something that the server says exists, although its events have not come. */
  expect(upTo: number): void {
    if (upTo > this.known && upTo <= this.#upTo + 5_000_000) this.#put(upTo - 1, undefined);
  }

  /** The first hole, if there is one. */
  hole(): { from: number; to: number } | undefined {
    if (!this.hasHole) return undefined;
    let to = this.#upTo + 1;
    while (to < this.known && this.#events[to] === undefined) to += 1;
    return { from: this.#upTo + 1, to: this.#events[to] === undefined ? this.known : to };
  }

  /** How many rows this level has, a hole included. */
  rowCount(level: Level): number {
    const { rows } = this.#rowsOf(level);
    return rows.length + (this.hasHole ? 1 + this.#beyond(level).length : 0);
  }

  rowAt(level: Level, index: number): LogRow | undefined {
    const { rows } = this.#rowsOf(level);
    const seq = rows[index];
    if (seq !== undefined) return this.#row(seq);
    const hole = this.hole();
    if (!hole) return undefined;
    if (index === rows.length) return { kind: "hole", ...hole };
    const later = this.#beyond(level)[index - rows.length - 1];
    return later === undefined ? undefined : this.#row(later);
  }

  /** The row of this seq, or of the first one after it. */
  indexOf(level: Level, seq: number): number {
    const { rows } = this.#rowsOf(level);
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((rows[middle] ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The last lines of the log up to this seq, oldest first. */
  tail(count: number, upTo = this.#upTo): Event[] {
    const found: Event[] = [];
    for (let index = this.#lines.length - 1; index >= 0 && found.length < count; index -= 1) {
      const seq = this.#lines[index] ?? 0;
      const event = seq <= upTo ? this.event(seq) : undefined;
      if (event && event.kind !== "gap") found.unshift(event);
    }
    return found;
  }

  #put(index: number, event: Event | undefined): void {
    // Filled rather than left sparse: an array with many holes turns into a slow dictionary.
    while (this.#events.length < index) this.#events.push(undefined);
    this.#events[index] = event;
  }

  #row(seq: number): LogRow | undefined {
    const event = this.event(seq);
    return event && { kind: "event", event };
  }

  #rowsOf(level: Level): { rows: number[] } {
    if (this.#view.level !== level) this.#view = { level, seen: 0, rows: [] };
    const view = this.#view;
    for (; view.seen < this.#lines.length; view.seen += 1) {
      const seq = this.#lines[view.seen];
      const event = seq === undefined ? undefined : this.event(seq);
      if (event && passes(event, level)) view.rows.push(event.seq);
    }
    return view;
  }

  /** Rows after the first hole. They are few: a hole fills within moments. */
  #beyond(level: Level): number[] {
    const rows: number[] = [];
    for (let index = this.#upTo; index < this.#events.length; index += 1) {
      const event = this.#events[index];
      if (event && isLine(event) && passes(event, level)) rows.push(event.seq);
    }
    return rows;
  }

  #advance(): void {
    for (;;) {
      const event = this.#events[this.#upTo];
      if (!event) return;
      this.#upTo += 1;
      this.steps.take(event);
      if (!isLine(event)) continue;
      this.#lines.push(event.seq);
      if (event.kind === "gap") {
        this.#gaps += 1;
        this.#missing += event.count ?? 0;
      } else this.#counts[levelOf(event)] += 1;
    }
  }
}

const lineKinds = new Set(["log", "output", "note", "gap"]);
const isLine = (event: Event): boolean => lineKinds.has(event.kind);

/** What is not of a level counts as one: output and remarks as info, an unknown level too. */
export function levelOf(event: Event): Level {
  if (event.kind === "output") return event.stream === "stderr" ? "warn" : "info";
  return levels.find((level) => level === event.level) ?? "info";
}

function passes(event: Event, level: Level): boolean {
  return event.kind === "gap" || levels.indexOf(levelOf(event)) >= levels.indexOf(level);
}
