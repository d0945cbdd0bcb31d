// How a step's time differs from that of another job, in words.

import type { Reference } from "../../live/compare";
import type { StepNode, StepTree } from "../../live/steps";
import { job as t } from "../../words/generated/job";
import { duration } from "../../words/times";

/** `+4.1 s`, `−0.3 s` or `new`, and the same as a sentence. */
export function sinceThen(
  against: Reference,
  tree: StepTree,
  node: StepNode,
): { text: string; says: string; muchSlower: boolean } | undefined {
  const difference = against.difference(tree, node);
  if (!difference) return undefined;
  if (difference.kind === "new") return { text: t.newStep(), says: t.newStepSays(), muchSlower: false };
  const time = duration(Math.abs(difference.byMs));
  const longer = difference.byMs > 0;
  return {
    text: `${longer ? "+" : "−"}${time}`,
    says: longer ? t.longerBy({ time }) : t.shorterBy({ time }),
    muchSlower: difference.muchSlower,
  };
}
