// The live connection as the page shows it: since when it is away, when the next try comes, and who must catch up
// after each join. One for the page.

import type { Limits } from "../wire/generated";
import { rest } from "../wire/rest";
import { createSocket, type Socket } from "../wire/socket";
import { clock } from "./clock.svelte";
import { session } from "./session.svelte";

export type Bar = "none" | "short" | "long" | "offline" | "back" | "refused";

const quietMs = 3_000;
const longMs = 30_000;

class Connection {
  readonly socket: Socket = createSocket();
  up = $state(false);
  /** While away: the last moment of which the page knows everything, by the server's clock. */
  lostAt: number | undefined = $state();
  nextTryAt: number | undefined = $state();
  refused: string | undefined = $state();
  newerPage = $state(false);
  limits: Limits | undefined = $state.raw();
  #online = $state(navigator.onLine);
  #backUntil = $state(0);
  #build: string | undefined;
  #catchUps = new Set<() => void>();

  constructor() {
    this.socket.onChange((change) => {
      switch (change.to) {
        case "connected":
          this.refused = undefined;
          this.nextTryAt = undefined;
          void this.#join();
          break;
        case "lost":
          this.#lost(change.lastPacketAt);
          break;
        case "waiting":
          this.lostAt ??= clock.read();
          this.nextTryAt = clock.ofBrowser(change.nextTryAt);
          break;
        case "refused":
          this.refused = change.code;
          this.#lost(new Date());
          if (change.code === "unauthenticated" || change.code === "revoked") void this.#askWho();
          break;
      }
    });
    this.socket.on("goodbye", ({ reason }) => {
      if (reason === "signed_out") void this.#askWho();
    });
    addEventListener("online", () => {
      this.#online = true;
      this.socket.tryNow();
    });
    addEventListener("offline", () => {
      this.#online = false;
      this.lostAt ??= clock.read();
    });
  }

  get bar(): Bar {
    if (this.refused && this.refused !== "unauthenticated" && this.refused !== "revoked") return "refused";
    if (this.lostAt === undefined) return clock.now < this.#backUntil ? "back" : "none";
    if (!this.#online) return "offline";
    const age = clock.now - this.lostAt;
    return age < quietMs ? "none" : age < longMs ? "short" : "long";
  }

  /** While the connection is away for longer than people notice, ages stand still at the moment it was lost. */
  get asOf(): number | undefined {
    return this.bar === "short" || this.bar === "long" || this.bar === "offline" ? this.lostAt : undefined;
  }

  /** Statuses are marked as old. */
  get stale(): boolean {
    return this.bar === "long" || this.bar === "offline";
  }

  get offline(): boolean {
    return !this.#online;
  }

  open(): void {
    this.socket.open();
  }

  close(): void {
    const me = session.me;
    if (this.socket.connected && me) void this.socket.ask("leave", { userId: me.userId }, 500);
    this.socket.close();
    this.up = false;
    this.lostAt = undefined;
    this.refused = undefined;
  }

  /** Joins the room again although nothing was lost: the overview is shown. */
  async rejoin(): Promise<void> {
    if (this.up) await this.#join();
  }

  /** Called after every join from now on. */
  onJoin(catchUp: () => void): () => void {
    this.#catchUps.add(catchUp);
    return () => this.#catchUps.delete(catchUp);
  }

  async #join(): Promise<void> {
    const me = session.me;
    if (!me) return;
    const answer = await this.socket.ask("join", { userId: me.userId });
    if (!answer.ok) {
      if (answer.failure.code === "unauthenticated") void this.#askWho();
      else if (answer.failure.code !== "unreachable") this.refused = answer.failure.code;
      return;
    }
    clock.set(answer.value.serverTime);
    this.limits = answer.value.limits;
    const { build } = answer.value;
    if (build) {
      if (this.#build !== undefined && this.#build !== build) this.newerPage = true;
      this.#build = build;
    }
    if (this.lostAt !== undefined && clock.read() - this.lostAt >= quietMs) this.#backUntil = clock.read() + quietMs;
    this.up = true;
    this.lostAt = undefined;
    for (const catchUp of [...this.#catchUps]) catchUp();
  }

  #lost(at: Date): void {
    this.up = false;
    this.lostAt ??= clock.ofBrowser(at);
  }

  /** The socket was refused: REST says whether the session is over. */
  async #askWho(): Promise<void> {
    if (session.state.is === "in") await rest.me();
  }
}

export const connection = new Connection();
