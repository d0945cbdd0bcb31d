// Another job's steps beside this job's: matched by the names on the way to a step and its order among equals. Plain;
// what a step of this job is held against is derived on read, so that a growing tree costs nothing.

import type { Step } from "../wire/generated";
import type { StepNode, StepTree } from "./steps";

/** How a step compares: not there before, or longer or shorter by so much. */
export type Difference = { kind: "new" } | { kind: "time"; byMs: number; muchSlower: boolean };

/** Below this a difference is noise. */
const leastMs = 100;
/** More than twice as long counts only from here on. */
const slowMs = 2_000;
/** How many times longer than usual is worth a sentence. */
const unusual = 5;

export class Reference {
  readonly #byPlace = new Map<string, Step>();
  readonly #inside = new Map<string, readonly Step[]>();
  readonly #places = new WeakMap<StepNode, string>();

  constructor(steps: readonly Step[]) {
    this.#index("", steps);
  }

  /** The step of the other job at the same place. */
  of(tree: StepTree, node: StepNode): Step | undefined {
    return this.#byPlace.get(this.#placeOf(tree, node));
  }

  difference(tree: StepTree, node: StepNode): Difference | undefined {
    const other = this.of(tree, node);
    if (!other) return { kind: "new" };
    if (node.elapsedMs === undefined || other.elapsedMs === undefined) return undefined;
    const byMs = node.elapsedMs - other.elapsedMs;
    if (Math.abs(byMs) < leastMs) return undefined;
    return { kind: "time", byMs, muchSlower: byMs > slowMs && node.elapsedMs > 2 * other.elapsedMs };
  }

  /** Steps of the other job inside this one that it does not have. Known once it has ended. */
  vanished(tree: StepTree, node: StepNode): readonly Step[] {
    if (node.status === undefined) return [];
    const place = this.#placeOf(tree, node);
    const here = new Set(node.children.map((step) => this.#placeOf(tree, tree.node(step))));
    const there = this.#inside.get(place) ?? [];
    const seen = new Map<string, number>();
    return there.filter((step) => !here.has(within(place, step, seen)));
  }

  /** The outermost step that executes far longer than it usually does, and what is usual. */
  unusual(tree: StepTree, now: number): { node: StepNode; usualMs: number; tookMs: number } | undefined {
    const { current } = tree;
    for (const node of current ? tree.way(current.step) : []) {
      const usualMs = this.of(tree, node)?.usualMs;
      const tookMs = now - Date.parse(node.startedAt);
      if (usualMs !== undefined && tookMs > slowMs && tookMs > unusual * usualMs) return { node, usualMs, tookMs };
    }
    return undefined;
  }

  #index(place: string, steps: readonly Step[]): void {
    this.#inside.set(place, steps);
    const seen = new Map<string, number>();
    for (const step of steps) {
      const inner = within(place, step, seen);
      this.#byPlace.set(inner, step);
      this.#index(inner, step.children);
    }
  }

  #placeOf(tree: StepTree, node: StepNode | undefined): string {
    if (!node) return "";
    const known = this.#places.get(node);
    if (known !== undefined) return known;
    const around = tree.node(node.parent);
    const outer = this.#placeOf(tree, around);
    const seen = new Map<string, number>();
    // All of one family at once: a loop's rounds would otherwise be counted again for each.
    for (const step of around ? around.children : tree.roots) {
      const one = tree.node(step);
      if (one) this.#places.set(one, within(outer, one, seen));
    }
    return this.#places.get(node) ?? "";
  }
}

function within(place: string, step: { type: string; name: string }, seen: Map<string, number>): string {
  const name = `${step.type} ${step.name}`;
  const count = (seen.get(name) ?? 0) + 1;
  seen.set(name, count);
  return `${place}\n${name} ${count}`;
}
