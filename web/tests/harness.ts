// The real programs for the Proofs: a server of its own in a folder of its own, a real agent or a scripted one over the
// official client, a browser, and a line between browser and server that can be cut. `end()` leaves nothing behind.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import type { Agent, Job, Robot } from "../src/wire/generated";
import { Line } from "./line";
import { ScriptedAgent } from "./scripted-agent";
import { until } from "./until";

export { ended, log, type Running, type ScriptedAgent, step } from "./scripted-agent";
export { until } from "./until";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const programs = process.env.ARKWRIGHT_BIN ?? join(root, "target/debug");
const serverProgram = join(programs, "arkwright");
const agentProgram = join(programs, "arkwright-agent");
export const repository = root;

export const anna = { name: "Anna", email: "anna@example.org", password: "correct horse battery" };

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
  /** The browsers' contexts that look at it: closed with it. */
  readonly contexts: BrowserContext[] = [];
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
    try {
      await server.serve();
      if (options.owner !== false) {
        server.userId = server.owner(anna);
        await server.signIn(anna);
      }
      return server;
    } catch (error) {
      await server.end();
      throw error;
    }
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

  /** Lets every link that is still good have run out a second ago. */
  expireLinks(): void {
    const script = `
import json, sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=5)
for token, body in database.execute("SELECT token_hash, body FROM link").fetchall():
    link = json.loads(body)
    link["expiresAt"] = link["createdAt"]
    database.execute("UPDATE link SET body = ? WHERE token_hash = ?", (json.dumps(link), token))
database.commit()
`;
    const done = spawnSync("python3", ["-c", script, join(this.data, "arkwright.db")], { encoding: "utf8" });
    if (done.status !== 0) throw new Error(`links: ${done.stderr}`);
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

  /** A program of the agent once more, on the folder of one that has ended. */
  restarted(ended: Process): Process {
    const [, ...args] = ended.child.spawnargs;
    const program = new Process(agentProgram, ["start", ...args.slice(args.indexOf("--server"))]);
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
    for (const context of this.contexts.splice(0)) await context.close();
    for (const agent of this.#scripted) agent.close();
    await Promise.all(this.#agents.map((agent) => agent.kill("SIGTERM").then(() => agent.kill("SIGKILL"))));
    for (const line of this.#lines) line.close();
    await this.stop();
    rmSync(this.data, { recursive: true, force: true, maxRetries: 5 });
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
  server.contexts.push(context);
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
    if (message.type() === "error") wrong.push(`${message.text()} ${message.location().url}`.trim());
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

/** From now on the page has no live connection: what it asks goes by REST. */
export async function withoutSocket(context: BrowserContext): Promise<void> {
  await context.routeWebSocket(/\/socket\.io\//, (socket) => socket.close());
  await context.route("**/socket.io/**", (route) => route.abort());
}

/** What axe finds: WCAG 2.2 AA and best practice. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    // biome-ignore lint/suspicious/noExplicitAny: axe puts itself on the window
    const { axe } = window as any;
    // A colour halfway between two themes is neither: what fades is waited for.
    const fades = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
    await Promise.allSettled(fades.map((fade) => fade.finished));
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
