// A choice counts at once and is kept with the account; an absent value goes back to what is usual. What cannot be kept
// holds in this browser, and the failure is returned.

import { session } from "../live/session.svelte";
import { type Failure, unreachable } from "../wire/failure";
import { adopt, type Choices } from "./choices";

export async function choose(choice: Choices): Promise<Failure | undefined> {
  try {
    await adopt({ ...session.me?.settings, ...choice });
  } catch (error) {
    const answer = unreachable(error instanceof Error ? error.message : String(error));
    return answer.ok ? undefined : answer.failure;
  }
  const kept = Object.entries(choice).map(([name, value]) => [name, value === undefined ? null : value]);
  return session.keep(Object.fromEntries(kept));
}
