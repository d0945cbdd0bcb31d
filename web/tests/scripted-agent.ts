// An agent that does what a test says, over the official client: for states that the real program is hard to bring into.

import { createHash, randomBytes } from "node:crypto";
import { io, type Socket } from "socket.io-client";
import type { Arkwright } from "./harness";
import { until } from "./until";

interface Offer {
  jobId: string;
  attempt: number;
  robot: { name: string };
  parameters: { name: string; type: string; value?: unknown; set?: boolean }[];
}

type Event = { kind: string; [name: string]: unknown };

/** An agent that does what the test says, over the official client. */
export class ScriptedAgent {
  readonly #key: string;
  readonly #instance = randomBytes(8).toString("hex");
  readonly #sent = new Map<string, number>();
  socket: Socket;
  readonly cancels: { jobId: string; attempt: number; mode: string }[] = [];
  goodbye: { reason: string } | undefined;

  private constructor(
    readonly server: Arkwright,
    readonly agentId: string,
    key: string,
    readonly slots: number,
    readonly name: string,
  ) {
    this.#key = key;
    this.socket = this.#connect();
  }

  static async enrolled(
    server: Arkwright,
    name: string,
    options: { slots?: number; labels?: string[] },
  ): Promise<ScriptedAgent> {
    const token = await server.enrol({ name });
    const key = randomBytes(32);
    const keyHash = createHash("sha256").update(key).digest("base64url");
    const facts = {
      host: name.toLowerCase(),
      os: "linux",
      osUser: "test",
      version: "0.1.0",
      name,
      labels: options.labels,
    };
    const answer = await fetch(`${server.url}/api/v1/agents`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token, keyHash, ...facts }),
    });
    if (!answer.ok) throw new Error(`agents: ${answer.status} ${await answer.text()}`);
    const { agentId } = (await answer.json()) as { agentId: string };
    return new ScriptedAgent(server, agentId, key.toString("base64url"), options.slots ?? 1, name);
  }

  #connect(): Socket {
    const { userId, url } = this.server;
    const socket = io(`${url}/agent`, {
      transports: ["websocket"],
      forceNew: true,
      reconnection: false,
      auth: { v: 1, userId, agentId: this.agentId, key: this.#key, instance: this.#instance },
    });
    socket.on("cancel", (cancel) => this.cancels.push(cancel));
    socket.on("goodbye", (goodbye) => {
      this.goodbye = goodbye;
    });
    return socket;
  }

  async ask<T = Record<string, unknown>>(
    name: string,
    body: object,
  ): Promise<T & { ok: boolean; error?: { code: string; message: string } }> {
    return this.socket.timeout(10_000).emitWithAck(name, body);
  }

  async good<T = Record<string, unknown>>(name: string, body: object): Promise<T> {
    const answer = await this.ask<T>(name, body);
    if (!answer.ok) throw new Error(`${name}: ${JSON.stringify(answer.error)}`);
    return answer;
  }

  async join(holding: object[] = []): Promise<void> {
    await until(`${this.name} connects`, () => this.socket.connected);
    await this.good("join", {
      userId: this.server.userId,
      slots: this.slots,
      version: "0.1.0",
      os: "linux",
      host: this.name.toLowerCase(),
      checks: [{ code: "python", ok: true, text: "Python 3.12" }],
      holding,
    });
  }

  /** Claims until something is offered. */
  async offer(): Promise<Offer> {
    return until(`an offer for ${this.name}`, async () => {
      const { offers } = await this.good<{ offers: Offer[] }>("claim", {
        claimId: randomBytes(8).toString("hex"),
        free: this.slots,
      });
      return offers[0];
    });
  }

  /** Takes the next job and confirms it. */
  async take(): Promise<Running> {
    const offer = await this.offer();
    const { secrets } = await this.good<{ secrets: { name: string; value: string }[] }>("confirm", {
      jobId: offer.jobId,
      attempt: offer.attempt,
    });
    return new Running(this, offer, secrets);
  }

  renew(running: { jobId: string; attempt: number }[], free = 0): Promise<unknown> {
    return this.good("renew", { running, free });
  }

  async send(jobId: string, attempt: number, events: Event[]): Promise<void> {
    const key = `${jobId} ${attempt}`;
    const first = (this.#sent.get(key) ?? 0) + 1;
    const numbered = events.map((event, index) => ({ seq: first + index, at: new Date().toISOString(), ...event }));
    for (let at = 0; at < numbered.length; at += 500) {
      await this.good("events", { jobId, attempt, first: first + at, events: numbered.slice(at, at + 500) });
    }
    this.#sent.set(key, first + events.length - 1);
  }

  /** Delivers a file of an attempt and the event that tells of it. */
  async upload(jobId: string, attempt: number, name: string, mediaType: string, content: Buffer): Promise<void> {
    const digest = createHash("sha256").update(content).digest("base64");
    const path = `/api/v1/attempts/${jobId}/${attempt}/artifacts/${encodeURIComponent(name)}`;
    const answer = await fetch(`${this.server.url}${path}`, {
      method: "PUT",
      headers: {
        Authorization: `Agent ${this.agentId}:${this.#key}`,
        "Content-Type": mediaType,
        "Content-Digest": `sha-256=:${digest}:`,
      },
      body: new Uint8Array(content),
    });
    if (!answer.ok) throw new Error(`artifact: ${answer.status} ${await answer.text()}`);
    const { id } = (await answer.json()) as { id: string };
    await this.send(jobId, attempt, [{ kind: "artifact", artifactId: id, name, sizeBytes: content.length, mediaType }]);
  }

  lastSeq(jobId: string, attempt: number): number {
    return this.#sent.get(`${jobId} ${attempt}`) ?? 0;
  }

  /** Goes away without a word, as a computer does whose plug was pulled: the server hears nothing more. */
  vanish(): void {
    this.socket.io.engine.close();
  }

  async comeBack(holding: object[] = []): Promise<void> {
    this.socket.disconnect();
    this.socket = this.#connect();
    await this.join(holding);
  }

  close(): void {
    this.socket.disconnect();
  }
}

/** A confirmed attempt in the hands of a test. */
export class Running {
  constructor(
    readonly agent: ScriptedAgent,
    readonly offer: Offer,
    readonly secrets: { name: string; value: string }[],
  ) {}

  get id(): { jobId: string; attempt: number } {
    return { jobId: this.offer.jobId, attempt: this.offer.attempt };
  }

  send(...events: Event[]): Promise<void> {
    return this.agent.send(this.offer.jobId, this.offer.attempt, events);
  }

  upload(name: string, mediaType: string, content: Buffer): Promise<void> {
    return this.agent.upload(this.offer.jobId, this.offer.attempt, name, mediaType, content);
  }

  finish(outcome: object): Promise<unknown> {
    const { jobId, attempt } = this.id;
    return this.agent.good("finish", { jobId, attempt, lastSeq: this.agent.lastSeq(jobId, attempt), outcome });
  }
}

export const step = (number: number, name: string, more: object = {}): Event => ({
  kind: "stepStarted",
  step: number,
  parent: 0,
  type: "keyword",
  name,
  ...more,
});
export const ended = (number: number, status = "pass", more: object = {}): Event => ({
  kind: "stepEnded",
  step: number,
  status,
  elapsedMs: 12,
  ...more,
});
export const log = (text: string, more: object = {}): Event => ({ kind: "log", level: "info", text, ...more });
