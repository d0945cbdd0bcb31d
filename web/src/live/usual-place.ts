// Where a robot usually runs: what the play dialog offers first. A person's own choice, kept with their account; a job
// that a program plays says it itself.

import { session } from "./session.svelte";

const keyOf = (robotId: string): string => `place ${robotId}`;

/** The id of a computer; it may have been removed since. */
export function usualPlace(robotId: string): string | undefined {
  const kept = session.me?.settings?.[keyOf(robotId)];
  return typeof kept === "string" ? kept : undefined;
}

/** Keeps it; absent: any computer that fits. */
export async function keepUsualPlace(
  robotId: string,
  agentId: string | undefined,
): Promise<ReturnType<typeof session.keep>> {
  if (usualPlace(robotId) === agentId) return undefined;
  return session.keep({ [keyOf(robotId)]: agentId ?? null });
}
