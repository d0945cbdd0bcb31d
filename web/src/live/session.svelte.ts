// Who is signed in. One for the page; the rest asks it for the user id.

import type { Failure } from "../wire/failure";
import type { Me } from "../wire/generated";
import { onSignedOut, rest } from "../wire/rest";

export type SessionState =
  /** Not asked yet: a door needs nobody. */
  | { is: "unknown" }
  | { is: "asking" }
  | { is: "in" }
  /** Nobody was signed in when the page was opened. */
  | { is: "out" }
  /** The session ended while the page was open: its work stays under a dialog. */
  | { is: "ended" }
  | { is: "failed"; failure: Failure };

class Session {
  state: SessionState = $state.raw({ is: "unknown" });
  me: Me | undefined = $state.raw();

  constructor() {
    onSignedOut(() => this.end());
  }

  /** Looks after the accounts of this server. */
  get administers(): boolean {
    return this.me?.role === "owner" || this.me?.role === "admin";
  }

  async start(): Promise<void> {
    this.state = { is: "asking" };
    const answer = await rest.me();
    if (answer.ok) this.enter(answer.value);
    else if (answer.failure.status === 401) this.state = { is: "out" };
    else this.state = { is: "failed", failure: answer.failure };
  }

  enter(me: Me): void {
    this.me = me;
    this.state = { is: "in" };
  }

  /** Keeps a choice of the page for this person, on the server; null forgets it. */
  async keep(settings: Record<string, unknown>): Promise<Failure | undefined> {
    const answer = await rest.patchMe({ settings });
    if (!answer.ok) return answer.failure;
    this.me = answer.value;
    return undefined;
  }

  /** The server no longer knows us. */
  end(): void {
    if (this.state.is === "in") this.state = { is: "ended" };
  }

  async leave(): Promise<Failure | undefined> {
    const answer = await rest.signOut();
    if (!answer.ok && answer.failure.status !== 401) return answer.failure;
    this.me = undefined;
    this.state = { is: "out" };
    return undefined;
  }
}

export const session = new Session();
