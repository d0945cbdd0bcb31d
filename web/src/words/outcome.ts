// How a job ended, in one line.

import type { Job, Outcome } from "../wire/generated";
import { asSentence } from "./failures";
import { outcome as t } from "./generated/outcome";
import { status as words } from "./generated/status";
import { duration } from "./times";

type Status = Job["status"];

export function statusWord(status: string): string {
  const known: Record<Status, () => string> = {
    waiting: words.waiting,
    executing: words.executing,
    success: words.success,
    failed: words.failed,
    cancelled: words.cancelled,
  };
  return Object.hasOwn(known, status) ? known[status as Status]() : status;
}

/** What kind of failure it was, in a sentence; the message of the robot itself stands beside it. */
export function failureSentence(outcome: Outcome, computer: string | undefined): string {
  const message = asSentence(outcome.message ?? "");
  switch (outcome.failure) {
    case "robot":
      return t.robot();
    case "timeout":
      return t.timeout({ message });
    case "agent_lost":
      return t.agentLost({ message: (outcome.message ?? "").replace(/[.;]$/, "") });
    case "invalid_robot":
      return t.invalidRobot();
    case "environment":
      return t.environment({ computer: computer ?? t.aComputer() });
    case "internal":
      return t.internal({ message });
    default:
      return message;
  }
}

/** The short line beside a status in a list: how long it took, why it failed, who ended it. */
export function outcomeLine(job: Job): string {
  const { outcome } = job;
  if (!outcome) return "";
  switch (outcome.kind) {
    case "success":
      return ranFor(job) ?? "";
    case "failed":
      return outcome.message ?? failureSentence(outcome, job.agentName);
    case "cancelled":
      return outcome.by?.name ? t.by({ name: outcome.by.name }) : "";
  }
}

/** How long it ran, by the computer's own clock where it said so. */
export function ranFor(job: Job): string | undefined {
  const ms = ranMs(job);
  return ms === undefined ? undefined : duration(ms);
}

export const ranMs = (job: Job): number | undefined => job.outcome?.ranMs ?? between(job.startedAt, job.endedAt);

export function between(from: string | undefined, to: string | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : Date.parse(to) - Date.parse(from);
}
