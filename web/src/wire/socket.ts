// The one live connection of the page: namespace /web over the official client, with our own patience between tries,
// because the page says when the next one comes. Knows nothing of what the messages mean. The client is loaded when the
// connection is opened, beside the first questions by REST: the first picture of a page does not wait for it.

import type { Socket as Client } from "socket.io-client";
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

  // biome-ignore lint/suspicious/noExplicitAny: bodies come without a type; `Pushes` says what they are
  const listeners = new Map<string, Set<(body: any) => void>>();
  let client: Client | undefined;
  let loading = false;

  const tell = (change: Change) => {
    for (const listener of changes) listener(change);
  };

  function retry() {
    clearTimeout(timer);
    if (!wanted) return;
    const waitMs = delayMs * (0.8 + Math.random() * 0.4);
    delayMs = Math.min(delayMs * 2, longestDelayMs);
    tell({ to: "waiting", nextTryAt: new Date(Date.now() + waitMs) });
    timer = setTimeout(connect, waitMs);
  }

  function connect() {
    if (client) client.connect();
    else if (!loading) void load();
  }

  async function load() {
    loading = true;
    try {
      const { io } = await import("socket.io-client");
      client = made(io);
    } catch {
      // The server that has the client is away too.
      retry();
    }
    loading = false;
    if (wanted) client?.connect();
  }

  function made(io: typeof import("socket.io-client").io): Client {
    const client: Client = io("/web", {
      autoConnect: false,
      reconnection: false,
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      timeout: 10_000,
      auth: { v: 1 },
    });
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
    client.onAny((name: string, body) => {
      for (const listener of listeners.get(name) ?? []) listener(body);
    });
    return client;
  }

  return {
    get connected() {
      return client?.connected ?? false;
    },
    open() {
      if (wanted) return;
      wanted = true;
      delayMs = firstDelayMs;
      connect();
    },
    close() {
      wanted = false;
      clearTimeout(timer);
      client?.disconnect();
    },
    tryNow() {
      if (!wanted || client?.connected) return;
      clearTimeout(timer);
      delayMs = firstDelayMs;
      connect();
    },
    async ask(name, body, timeoutMs = 10_000) {
      if (!client?.connected) return unreachable("");
      try {
        const answer = await client.timeout(timeoutMs).emitWithAck(name, body);
        if (answer?.ok === true) return good(answer);
        return refused(answer?.error);
      } catch (error) {
        return unreachable(error instanceof Error ? error.message : String(error));
      }
    },
    on(name, listener) {
      const of = listeners.get(name) ?? new Set();
      listeners.set(name, of.add(listener));
      return () => of.delete(listener);
    },
    onChange(listener) {
      changes.add(listener);
      return () => changes.delete(listener);
    },
  };
}
