// Where a robot would run, in a few words, from the labels that it needs and the computers that there are.

import type { Agent, Robot } from "../../wire/generated";
import { robots as t } from "../../words/generated/robots";

export interface Where {
  text: string;
  /** No computer can take it; why. */
  missing?: string;
}

/** `usual`: the id of the computer that the play dialog offers first. */
export function whereOf(
  robot: Pick<Robot, "labels">,
  agents: readonly Pick<Agent, "id" | "name" | "labels">[],
  usual?: string,
): Where {
  if (agents.length === 0) return { text: t.noComputer(), missing: t.noComputerWhy() };
  const fitting = agents.filter((agent) => robot.labels.every((label) => agent.labels.includes(label)));
  const chosen = fitting.find(({ id }) => id === usual);
  if (chosen) return { text: chosen.name };
  const only = fitting.length === 1 ? fitting[0] : undefined;
  if (fitting.length === 0) return { text: t.noneFits(), missing: t.noneFitsWhy({ labels: robot.labels.join(", ") }) };
  if (only && (agents.length === 1 || robot.labels.length > 0)) return { text: only.name };
  return robot.labels.length === 0
    ? { text: t.anyComputer() }
    : { text: t.withLabel({ labels: robot.labels.join(", ") }) };
}
