// The one live connection of the page: namespace /web over the official client, with our own patience between tries,
// because the page says when the next one comes. Knows nothing of what the messages mean.

import { type Socket as Client, io } from "socket.io-client";
import { type Answer, good, refused, unreachable } from "./failure";
import type {
  AgentPush,
  Behind,
  CancelMode,
  EventBatch,
  Goodbye,
  JobAnswer,
  JobPush,
  JoinAnswer,
  PairingPush,
  PlayRequest,
  RobotPush,
  Watch,
  WatchAnswer,
} from "./generated";

/** Messages of the server, by name. */
export interface Pushes {
  job: JobPush;
  robot: RobotPush;
  agent: AgentPush;
  pairing: PairingPush;
  events: EventBatch;
  behind: Behind;
  goodbye: Goodbye;
}

/** Messages of the page: what is sent and what the acknowledgement holds. */
export interface Questions {
  join: [{ userId: string }, JoinAnswer];
  leave: [{ userId: string }, object];
  play: [PlayRequest, JobAnswer];
  cancel: [{ jobId: string; mode: CancelMode }, JobAnswer];
  watch: [Watch, WatchAnswer];
  unwatch: [{ jobId: string }, object];
}

export type Change =
  | { to: "connected" }
  | { to: "lost"; lastPacketAt: Date }
  | { to: "waiting"; nextTryAt: Date }
  | { to: "refused"; code: string };

export interface Socket {
  readonly connected: boolean;
  open(): void;
  close(): void;
  tryNow(): void;
  ask<Name extends keyof Questions>(
    name: Name,
    body: Questions[Name][0],
    timeoutMs?: number,
  ): Promise<Answer<Questions[Name][1]>>;
  on<Name extends keyof Pushes>(name: Name, listener: (body: Pushes[Name]) => void): () => void;
  onChange(listener: (change: Change) => void): () => void;
}

const firstDelayMs = 500;
const longestDelayMs = 10_000;
/** Refusals that no further try can change. */
const final = new Set(["unauthenticated", "revoked", "forbidden", "unsupported_version"]);

export function createSocket(): Socket {
  const changes = new Set<(change: Change) => void>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let delayMs = firstDelayMs;
  let wanted = false;
  let lastPacketAt = new Date();

  const client: Client = io("/web", {
    autoConnect: false,
    reconnection: false,
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    timeout: 10_000,
    auth: { v: 1 },
  });

  const tell = (change: Change) => {
    for (const listener of changes) listener(change);
  };

  function retry() {
    clearTimeout(timer);
    if (!wanted) return;
    const waitMs = delayMs * (0.8 + Math.random() * 0.4);
    delayMs = Math.min(delayMs * 2, longestDelayMs);
    tell({ to: "waiting", nextTryAt: new Date(Date.now() + waitMs) });
    timer = setTimeout(() => client.connect(), waitMs);
  }

  client.io.on("open", () => {
    client.io.engine.on("packet", () => {
      lastPacketAt = new Date();
    });
  });
  client.on("connect", () => {
    delayMs = firstDelayMs;
    lastPacketAt = new Date();
    tell({ to: "connected" });
  });
  client.on("connect_error", (error) => {
    const code = /^([a-z_]+): /.exec(error.message)?.[1];
    if (code && final.has(code)) {
      wanted = false;
      tell({ to: "refused", code });
    } else retry();
  });
  client.on("disconnect", (reason) => {
    if (!wanted) return;
    tell({ to: "lost", lastPacketAt: reason === "ping timeout" ? lastPacketAt : new Date() });
    retry();
  });

  return {
    get connected() {
      return client.connected;
    },
    open() {
      if (wanted) return;
      wanted = true;
      delayMs = firstDelayMs;
      client.connect();
    },
    close() {
      wanted = false;
      clearTimeout(timer);
      client.disconnect();
    },
    tryNow() {
      if (!wanted || client.connected) return;
      clearTimeout(timer);
      delayMs = firstDelayMs;
      client.connect();
    },
    async ask(name, body, timeoutMs = 10_000) {
      if (!client.connected) return unreachable("");
      try {
        const answer = await client.timeout(timeoutMs).emitWithAck(name, body);
        if (answer?.ok === true) return good(answer);
        return refused(answer?.error);
      } catch (error) {
        return unreachable(error instanceof Error ? error.message : String(error));
      }
    },
    on(name, listener) {
      // The client's own types know no message names; the names and bodies are held by `Pushes`.
      client.on(name as string, listener);
      return () => client.off(name as string, listener);
    },
    onChange(listener) {
      changes.add(listener);
      return () => changes.delete(listener);
    },
  };
}
