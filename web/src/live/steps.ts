// The tree of steps of one attempt, built from its events in order. Plain: what is shown is derived on read.

import type { Event, Step } from "../wire/generated";

export interface StepNode {
  readonly step: number;
  readonly parent: number;
  readonly type: string;
  readonly name: string;
  readonly args: readonly string[];
  readonly line?: number;
  readonly firstSeq: number;
  readonly startedAt: string;
  readonly children: number[];
  lastSeq: number;
  /** Absent while the step executes: pass, fail, skip, not_run, or a word of later versions. */
  status?: string;
  elapsedMs?: number;
  message?: string;
}

export interface StepRow {
  readonly kind: "step";
  readonly node: StepNode;
  readonly depth: number;
  readonly open: boolean;
  readonly position: number;
  readonly siblings: number;
}

/** Rounds of a long loop that are not shown. */
export interface MoreRow {
  readonly kind: "more";
  readonly parent: number;
  readonly count: number;
  readonly depth: number;
}

/** A step of another job that this one does not have. */
export interface GoneRow {
  readonly kind: "gone";
  readonly step: Step;
  readonly depth: number;
}

const shownRounds = 20;
const lastRounds = 5;
const wholes = new Set(["suite", "task"]);

export class StepTree {
  readonly #nodes: (StepNode | undefined)[] = [];
  readonly #roots: number[] = [];
  #current = 0;

  take(event: Event): void {
    if (event.kind === "stepStarted" && event.step !== undefined) this.#start(event, event.step);
    else if (event.kind === "stepEnded" && event.step !== undefined) this.#end(event, event.step);
    else if (event.step !== undefined) this.#touch(event.step, event.seq);
  }

  /** The outermost steps. */
  get roots(): readonly number[] {
    return this.#roots;
  }

  get size(): number {
    return this.#nodes.length;
  }

  node(step: number): StepNode | undefined {
    return this.#nodes[step - 1];
  }

  /** The innermost step that executes, if any. */
  get current(): StepNode | undefined {
    return this.node(this.#current);
  }

  /** The step and all above it, outermost first. */
  way(step: number): StepNode[] {
    const way: StepNode[] = [];
    let node = this.node(step);
    while (node && way.length < 1000) {
      way.unshift(node);
      node = this.node(node.parent);
    }
    return way;
  }

  /** The first rows: what prepares the robot, then its steps. A single suite or task on top is not a row. */
  get top(): readonly number[] {
    return this.#outermost().steps;
  }

  /** The first rows, and the suite or task around them that is not a row. */
  #outermost(): { steps: readonly number[]; around: StepNode | undefined } {
    let steps: readonly number[] = this.#roots;
    let around: StepNode | undefined;
    for (;;) {
      const rest = steps.filter((step) => this.node(step)?.type !== "environment");
      const only = rest.length === 1 && rest[0] !== undefined ? this.node(rest[0]) : undefined;
      if (!only || !wholes.has(only.type) || only.children.length === 0) return { steps, around };
      around = only;
      steps = steps.flatMap((step) => (step === only.step ? only.children : [step]));
    }
  }

  /** The innermost steps that failed and were not caught: every step above failed too. In order. */
  failures(): StepNode[] {
    const failed: StepNode[] = [];
    const visit = (steps: readonly number[]) => {
      for (const step of steps) {
        const node = this.node(step);
        if (node?.status !== "fail") continue;
        const inner = node.children.some((child) => this.node(child)?.status === "fail");
        if (inner) visit(node.children);
        else failed.push(node);
      }
    };
    visit(this.#roots);
    return failed;
  }

  /** The rows as they are shown: `isOpen` and `allRounds` are what the person chose, `vanished` what a comparison adds. */
  rows(
    isOpen: (node: StepNode) => boolean,
    allRounds: (node: StepNode) => boolean,
    vanished: (node: StepNode) => readonly Step[] = () => [],
  ): (StepRow | MoreRow | GoneRow)[] {
    const rows: (StepRow | MoreRow | GoneRow)[] = [];
    const visit = (steps: readonly number[], depth: number, parent: StepNode | undefined) => {
      const hidden = parent && !allRounds(parent) ? this.#hiddenRounds(parent) : undefined;
      let told = false;
      steps.forEach((step, index) => {
        const node = this.node(step);
        if (!node) return;
        if (hidden?.has(step) && parent) {
          if (!told) rows.push({ kind: "more", parent: parent.step, count: hidden.size, depth });
          told = true;
          return;
        }
        const open = node.children.length > 0 && isOpen(node);
        rows.push({ kind: "step", node, depth, open, position: index + 1, siblings: steps.length });
        if (open) visit(node.children, depth + 1, node);
      });
      if (parent) for (const step of vanished(parent)) rows.push({ kind: "gone", step, depth });
    };
    const { steps, around } = this.#outermost();
    visit(steps, 0, undefined);
    if (around) for (const step of vanished(around)) rows.push({ kind: "gone", step, depth: 0 });
    return rows;
  }

  #hiddenRounds(loop: StepNode): Set<number> | undefined {
    if ((loop.type !== "for" && loop.type !== "while") || loop.children.length <= shownRounds) return undefined;
    const last = loop.children.length - lastRounds;
    return new Set(
      loop.children.filter((step, index) => {
        const status = this.node(step)?.status;
        return index > 0 && index < last && status !== "fail" && status !== undefined;
      }),
    );
  }

  #start(event: Event, step: number): void {
    if (step < 1 || step > 10_000_000 || this.node(step)) return;
    const parent = event.parent ?? 0;
    const node: StepNode = {
      step,
      parent,
      type: event.type ?? "",
      name: event.name ?? "",
      args: event.args ?? [],
      line: event.line,
      firstSeq: event.seq,
      lastSeq: event.seq,
      startedAt: event.at,
      children: [],
    };
    this.#nodes[step - 1] = node;
    const above = this.node(parent);
    if (above && above !== node) above.children.push(step);
    else this.#roots.push(step);
    this.#current = step;
  }

  #end(event: Event, step: number): void {
    const node = this.node(step);
    if (!node) return;
    node.status = event.status ?? "";
    node.elapsedMs = event.elapsedMs;
    node.message = event.message;
    node.lastSeq = event.seq;
    if (this.#current === step) this.#current = node.parent;
  }

  #touch(step: number, seq: number): void {
    const node = this.node(step);
    if (node) node.lastSeq = seq;
  }
}
