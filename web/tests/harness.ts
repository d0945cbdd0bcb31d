// The real programs for the Proofs: a server of its own in a folder of its own, a real agent or a scripted one over the
// official client, a browser, and a line between browser and server that can be cut. `end()` leaves nothing behind.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server as NetServer, type Socket as NetSocket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { io, type Socket } from "socket.io-client";
import type { Agent, Job, Robot } from "../src/wire/generated";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const programs = process.env.ARKWRIGHT_BIN ?? join(root, "target/debug");
const serverProgram = join(programs, "arkwright");
const agentProgram = join(programs, "arkwright-agent");
export const repository = root;

export const anna = { name: "Anna", email: "anna@example.org", password: "correct horse battery" };

/** Waits until `ask` gives something, by asking; never for a fixed time. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  limitMs = 20_000,
): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    const found = await ask();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`waited ${limitMs} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

class Process {
  readonly child: ChildProcess;
  out = "";
  err = "";
  exit: number | undefined;

  constructor(program: string, args: string[], env: Record<string, string> = {}) {
    this.child = spawn(program, args, {
      env: { ...process.env, NO_COLOR: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.on("data", (data) => {
      this.out += data;
    });
    this.child.stderr?.on("data", (data) => {
      this.err += data;
    });
    this.child.on("exit", (code, signal) => {
      this.exit = code ?? (signal ? 128 : 0);
    });
  }

  get all(): string {
    return this.out + this.err;
  }

  said(pattern: RegExp, limitMs?: number): Promise<RegExpExecArray> {
    return until(
      `${pattern} of ${this.child.spawnargs.slice(0, 3).join(" ")}`,
      () => {
        const found = pattern.exec(this.all);
        if (!found && this.exit !== undefined) throw new Error(`ended with ${this.exit}:\n${this.all}`);
        return found ?? undefined;
      },
      limitMs,
    );
  }

  async kill(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.exit !== undefined) return;
    this.child.kill(signal);
    const hard = setTimeout(() => this.child.kill("SIGKILL"), 8_000);
    await until("the end of a program", () => this.exit !== undefined);
    clearTimeout(hard);
  }
}

export interface ServerOptions {
  limits?: Partial<Record<"renew_ms" | "silent_ms" | "lost_ms" | "offer_ms" | "sweep_ms", number>>;
  /** Makes the account of Anna; otherwise the set-up link is printed. */
  owner?: boolean;
}

export class Arkwright {
  readonly data = mkdtempSync(join(tmpdir(), "arkwright-page-"));
  url = "";
  setupLink: string | undefined;
  userId = "";
  readonly #env: Record<string, string>;
  readonly #agents: Process[] = [];
  readonly #scripted: ScriptedAgent[] = [];
  readonly #lines: Line[] = [];
  #server: Process | undefined;
  #cookie = "";
  #folders = 0;

  private constructor(options: ServerOptions) {
    this.#env = Object.fromEntries(
      Object.entries(options.limits ?? {}).map(([name, ms]) => [
        `ARKWRIGHT_SERVER_LIMITS__${name.toUpperCase()}`,
        String(ms),
      ]),
    );
  }

  static async start(options: ServerOptions = {}): Promise<Arkwright> {
    if (!existsSync(serverProgram)) throw new Error(`${serverProgram} is not built`);
    const server = new Arkwright(options);
    if (options.owner !== false) server.userId = server.owner(anna);
    await server.serve();
    if (options.owner !== false) await server.signIn(anna);
    return server;
  }

  /** Starts the program, on its former port after a stop. */
  async serve(): Promise<void> {
    const port = this.url ? new URL(this.url).port : "0";
    this.#server = new Process(
      serverProgram,
      ["serve", "--listen", `127.0.0.1:${port}`, "--data", this.data],
      this.#env,
    );
    this.url = (await this.#server.said(/listening on (http:\/\/\S+)/))[1] ?? "";
    if (!this.userId) this.setupLink = (await this.#server.said(/setup link: (\S+)/))[1];
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    await this.#server?.kill(signal);
  }

  owner(person: typeof anna): string {
    const made = spawnSync(
      serverProgram,
      [
        "owner",
        "create",
        "--email",
        person.email,
        "--name",
        person.name,
        "--password-stdin",
        "--json",
        "--data",
        this.data,
      ],
      { input: `${person.password}\n`, encoding: "utf8", env: { ...process.env, ...this.#env } },
    );
    if (made.status !== 0) throw new Error(`owner create: ${made.stdout}${made.stderr}`);
    return JSON.parse(made.stdout).userId;
  }

  signInLink(email: string): string {
    const made = spawnSync(serverProgram, ["sign-in-link", "--user", email, "--data", this.data], { encoding: "utf8" });
    const link = /\S+#\S+/.exec(made.stdout)?.[0];
    if (!link) throw new Error(`sign-in-link: ${made.stdout}${made.stderr}`);
    return `${this.url}/sign-in#${link.split("#")[1]}`;
  }

  async signIn(person: { email: string; password: string }): Promise<void> {
    const answer = await fetch(`${this.url}/api/v1/session`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ email: person.email, password: person.password }),
    });
    if (!answer.ok) throw new Error(`sign in: ${answer.status} ${await answer.text()}`);
    this.#cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    const me = (await answer.json()) as { userId: string };
    this.userId = me.userId;
  }

  get cookie(): { name: string; value: string } {
    const [name = "", value = ""] = this.#cookie.split("=");
    return { name, value };
  }

  /** REST as the signed-in person. */
  async ask<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    const answer = await this.raw(method, path, body, headers);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  raw(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const plain = typeof body === "string";
    return fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        Cookie: this.#cookie,
        Origin: this.url,
        ...(body === undefined ? {} : { "Content-Type": plain ? "text/plain" : "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : plain ? body : JSON.stringify(body),
    });
  }

  robot(name: string, source: string): Promise<Robot> {
    return this.ask("POST", `/users/${this.userId}/robots`, { name, source });
  }

  async play(
    robotId: string,
    parameters: { name: string; value: string | number | boolean }[] = [],
    more: object = {},
  ): Promise<Job> {
    return this.ask("POST", "/jobs", { robotId, parameters, requestId: randomBytes(8).toString("hex"), ...more });
  }

  async agents(): Promise<Agent[]> {
    return (await this.ask<{ items: Agent[] }>("GET", "/agents")).items;
  }

  async enrol(more: object = {}): Promise<string> {
    return (await this.ask<{ token: string }>("POST", "/enrolments", more)).token;
  }

  /** The real program, asking to be paired. */
  agent(args: string[] = []): Process {
    this.#folders += 1;
    const folder = join(this.data, `agent-${this.#folders}`);
    const program = new Process(agentProgram, [...args, "--server", this.url, "--data", folder]);
    this.#agents.push(program);
    return program;
  }

  /** The real program, enrolled and online. */
  async realAgent(name: string): Promise<Process> {
    const token = await this.enrol({ name });
    const program = this.agent(["join", "--token", token]);
    await until(
      `${name} is online`,
      async () => {
        if (program.exit !== undefined) throw new Error(`agent ended with ${program.exit}: ${program.all}`);
        return (await this.agents()).find((agent) => agent.name === name && agent.state === "online");
      },
      40_000,
    );
    return program;
  }

  async scripted(name: string, options: { slots?: number; labels?: string[] } = {}): Promise<ScriptedAgent> {
    const agent = await ScriptedAgent.enrolled(this, name, options);
    this.#scripted.push(agent);
    await agent.join();
    return agent;
  }

  async line(): Promise<Line> {
    const line = await Line.to(Number(new URL(this.url).port));
    this.#lines.push(line);
    return line;
  }

  async end(): Promise<void> {
    for (const agent of this.#scripted) agent.close();
    await Promise.all(this.#agents.map((agent) => agent.kill("SIGTERM").then(() => agent.kill("SIGKILL"))));
    for (const line of this.#lines) line.close();
    await this.stop();
    rmSync(this.data, { recursive: true, force: true, maxRetries: 5 });
  }
}

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

/** A connection to the server that can be cut, frozen and mended. */
export class Line {
  url = "";
  readonly #pairs = new Set<[NetSocket, NetSocket]>();
  #server: NetServer | undefined;
  #cut = false;
  #frozen = false;

  static async to(port: number): Promise<Line> {
    const line = new Line();
    line.#server = createServer((near) => line.#open(near, port));
    await new Promise<void>((resolve) => line.#server?.listen(0, "127.0.0.1", resolve));
    const address = line.#server.address();
    if (typeof address !== "object" || !address) throw new Error("no address");
    line.url = `http://127.0.0.1:${address.port}`;
    return line;
  }

  #open(near: NetSocket, port: number): void {
    near.on("error", () => {});
    if (this.#cut) {
      near.destroy();
      return;
    }
    const far = connect(port, "127.0.0.1");
    far.on("error", () => near.destroy());
    const pair: [NetSocket, NetSocket] = [near, far];
    this.#pairs.add(pair);
    near.on("data", (data) => far.write(data));
    far.on("data", (data) => near.write(data));
    const close = () => {
      near.destroy();
      far.destroy();
      this.#pairs.delete(pair);
    };
    near.on("close", close);
    far.on("close", close);
    if (this.#frozen) this.#hold(pair);
  }

  #hold([near, far]: [NetSocket, NetSocket]): void {
    near.pause();
    far.pause();
  }

  /** Closes what is open and refuses what comes. */
  cut(): void {
    this.#cut = true;
    for (const [near, far] of this.#pairs) {
      near.destroy();
      far.destroy();
    }
  }

  /** Nothing passes any more, and nobody is told. */
  freeze(): void {
    this.#frozen = true;
    for (const pair of this.#pairs) this.#hold(pair);
  }

  mend(): void {
    this.#cut = false;
    this.#frozen = false;
    for (const [near, far] of this.#pairs) {
      near.resume();
      far.resume();
    }
  }

  close(): void {
    this.cut();
    this.#server?.close();
  }
}

let browser: Browser | undefined;

export async function openBrowser(): Promise<Browser> {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  return browser;
}

export async function closeBrowser(): Promise<void> {
  await browser?.close();
  browser = undefined;
}

/** A page with everything that may not happen written down: console errors, foreign requests, broken rules of the CSP. */
export interface Watched {
  page: Page;
  context: BrowserContext;
  wrong: string[];
  requests: string[];
}

export interface OpenOptions extends BrowserContextOptions {
  signedIn?: boolean;
  /** Another way to the same server. */
  through?: Line;
}

export async function open(server: Arkwright, path: string, options: OpenOptions = {}): Promise<Watched> {
  const { signedIn = true, through, ...rest } = options;
  const base = through?.url ?? server.url;
  const context = await (await openBrowser()).newContext({
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    baseURL: base,
    ...rest,
  });
  context.setDefaultTimeout(15_000);
  if (signedIn) await context.addCookies([{ ...server.cookie, url: base, httpOnly: true, sameSite: "Lax" }]);
  return { ...(await watch(context, base, path)), context };
}

/** Another page of the same person in the same browser. */
export async function watch(context: BrowserContext, base: string, path: string): Promise<Omit<Watched, "context">> {
  const page = await context.newPage();
  const wrong: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") wrong.push(message.text());
  });
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("request", (request) => {
    requests.push(request.url());
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && url.origin !== new URL(base).origin) wrong.push(`request to ${url.origin}`);
  });
  await page.goto(base + path);
  return { page, wrong, requests };
}

/** What axe finds: WCAG 2.2 AA and best practice. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    // biome-ignore lint/suspicious/noExplicitAny: axe puts itself on the window
    const { axe } = window as any;
    const result = await axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return result.violations.map(
      (violation: { id: string; nodes: { target: string[] }[] }) =>
        `${violation.id}: ${violation.nodes.map(({ target }) => target.join(" ")).join(", ")}`,
    );
  });
}

export const hello = `*** Variables ***
# Name
\${NAME: str}    World

*** Tasks ***
Say hello
    Log    Hello, \${NAME}!
    Log    Goodbye.
`;

/** One parameter of each type that can be given. */
export const everyType = `*** Variables ***
# Supplier
# As it stands on the invoice.
\${SUPPLIER: str}    \${EMPTY}
# Amount limit
\${LIMIT: float}    1500
# Pieces
\${PIECES: int}    3
# Tell the supplier
\${MAIL: bool}    \${True}
# Due until
\${DUE: date}    2026-11-30
# Mode
\${MODE: Literal["careful", "fast"]}    careful
# SAP password
\${PASSWORD: Secret}    \${EMPTY}

*** Tasks ***
Pay
    Log    \${SUPPLIER}
`;
