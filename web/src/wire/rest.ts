// Every REST question that the page asks. Together with socket.ts the only code that touches the network.
// The session cookie is same-origin, so no credential passes through here. A 401 is told to `onSignedOut`.

import { type Answer, aborted, good, refused, unreachable } from "./failure";
import type {
  AcceptInvite,
  Agent,
  Artifact,
  Attempt,
  AuditEntry,
  CancelMode,
  CheckResult,
  CreateEnrolment,
  CreateInvite,
  CreateToken,
  DeniedFrom,
  Enrolment,
  EventPage,
  HitPage,
  Invite,
  Job,
  List,
  Me,
  Pairing,
  PatchAgent,
  PatchMe,
  PatchRobot,
  PatchUser,
  PlayForm,
  PlayRequest,
  PlayValue,
  Robot,
  Session,
  SetUp,
  SignIn,
  StepPage,
  Token,
  User,
  Version,
} from "./generated";

const base = "/api/v1";
const limitMs = 30_000;

/** What a version runs: one text, or the zip of a package. */
export type Content = { text: string } | { zip: Blob };

interface Options {
  query?: Record<string, string | number | undefined>;
  json?: unknown;
  body?: BodyInit;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  timeoutMs?: number;
  as?: "json" | "content";
}

let signedOut: () => void = () => {};

/** Who wants to know that the session is over. One listener: the session. */
export function onSignedOut(listener: () => void): void {
  signedOut = listener;
}

async function ask<T>(method: string, path: string, options: Options = {}): Promise<Answer<T>> {
  const url = new URL(base + path, location.origin);
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value !== undefined && value !== "") url.searchParams.set(name, String(value));
  }
  const headers = new Headers(options.headers);
  headers.set("Accept", options.as === "content" ? "*/*" : "application/json");
  let body = options.body;
  if (options.json !== undefined) {
    headers.set("Content-Type", "application/json");
    body = JSON.stringify(options.json);
  }
  const timeout = AbortSignal.timeout(options.timeoutMs ?? limitMs);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  try {
    const response = await fetch(url, { method, headers, body, signal, credentials: "same-origin", cache: "no-store" });
    if (!response.ok) {
      if (response.status === 401 && !["/session", "/setup", "/invites/accept"].includes(path)) signedOut();
      return refused(await response.json().catch(() => undefined), response.status);
    }
    if (options.as === "content") {
      const zipped = response.headers.get("Content-Type")?.includes("zip");
      return good((zipped ? { zip: await response.blob() } : { text: await response.text() }) as T);
    }
    if (response.status === 204) return good(undefined as T);
    const text = await response.text();
    return good((text === "" ? undefined : JSON.parse(text)) as T);
  } catch (error) {
    if (options.signal?.aborted) return aborted();
    return unreachable(error instanceof Error ? error.message : String(error));
  }
}

const part = encodeURIComponent;

export const rest = {
  // Doors
  me: (signal?: AbortSignal) => ask<Me>("GET", "/me", { signal }),
  setUp: (body: SetUp) => ask<Me>("POST", "/setup", { json: body }),
  signIn: (body: SignIn) => ask<Me>("POST", "/session", { json: body }),
  signOut: () => ask<void>("DELETE", "/session"),
  acceptInvite: (body: AcceptInvite) => ask<Me>("POST", "/invites/accept", { json: body }),
  patchMe: (body: PatchMe) => ask<Me>("PATCH", "/me", { json: body }),

  // Robots
  robots: (userId: string, signal?: AbortSignal) =>
    ask<List<Robot>>("GET", `/users/${part(userId)}/robots`, { query: { view: "rows" }, signal }),
  robot: (id: string, signal?: AbortSignal) => ask<Robot>("GET", `/robots/${part(id)}`, { signal }),
  createRobot: (userId: string, body: { name: string; source: string }) =>
    ask<Robot>("POST", `/users/${part(userId)}/robots`, { json: body }),
  createRobotFromPackage: (userId: string, name: string, file: Blob) => {
    const form = new FormData();
    form.set("name", name);
    form.set("package", file, "robot.zip");
    return ask<Robot>("POST", `/users/${part(userId)}/robots`, { body: form, timeoutMs: 300_000 });
  },
  patchRobot: (id: string, body: PatchRobot) => ask<Robot>("PATCH", `/robots/${part(id)}`, { json: body }),
  deleteRobot: (id: string) => ask<void>("DELETE", `/robots/${part(id)}`),
  versions: (id: string, signal?: AbortSignal) =>
    ask<List<Version>>("GET", `/robots/${part(id)}/versions`, { query: { limit: 200 }, signal }),
  content: (id: string, version?: number, signal?: AbortSignal) =>
    ask<Content>("GET", `/robots/${part(id)}/source`, {
      query: { version },
      signal,
      as: "content",
      timeoutMs: 300_000,
    }),
  saveContent: (id: string, content: Content, options: { basedOn?: number; note?: string }) =>
    ask<Robot>("PUT", `/robots/${part(id)}/source`, {
      query: { note: options.note },
      body: "text" in content ? content.text : content.zip,
      timeoutMs: 300_000,
      headers: {
        "Content-Type": "text" in content ? "text/plain; charset=utf-8" : "application/zip",
        ...(options.basedOn === undefined ? {} : { "If-Match": `"${options.basedOn}"` }),
      },
    }),
  checkSource: (source: string, signal?: AbortSignal) =>
    ask<CheckResult>("POST", "/robots/check", { json: { source }, signal }),
  checkPackage: (file: Blob) =>
    ask<CheckResult>("POST", "/robots/check", {
      body: file,
      headers: { "Content-Type": "application/zip" },
      timeoutMs: 300_000,
    }),
  playForm: (id: string, signal?: AbortSignal) => ask<PlayForm>("GET", `/robots/${part(id)}/play-form`, { signal }),

  // Jobs
  play: ({ requestId, ...body }: PlayRequest, timeoutMs?: number) =>
    ask<Job>("POST", "/jobs", { json: body, headers: { "Idempotency-Key": requestId }, timeoutMs }),
  jobs: (query: Record<string, string | number | undefined>, signal?: AbortSignal) =>
    ask<List<Job>>("GET", "/jobs", { query, signal }),
  job: (id: string, signal?: AbortSignal) => ask<Job>("GET", `/jobs/${part(id)}`, { signal }),
  events: (id: string, query: { attempt?: number; after: number; limit?: number }, signal?: AbortSignal) =>
    ask<EventPage>("GET", `/jobs/${part(id)}/events`, { query, signal }),
  cancel: (id: string, mode: CancelMode) => ask<Job>("POST", `/jobs/${part(id)}/cancel`, { json: { mode } }),
  retry: (id: string, requestId: string, parameters?: PlayValue[]) =>
    ask<Job>("POST", `/jobs/${part(id)}/retry`, {
      json: parameters ? { parameters } : {},
      headers: { "Idempotency-Key": requestId },
    }),
  search: (
    id: string,
    query: { q: string; level?: string; attempt?: number; after: number; limit: number },
    signal?: AbortSignal,
  ) => ask<HitPage>("GET", `/jobs/${part(id)}/search`, { query, signal }),
  steps: (id: string, signal?: AbortSignal) => ask<StepPage>("GET", `/jobs/${part(id)}/steps`, { signal }),
  attempts: (id: string, signal?: AbortSignal) => ask<List<Attempt>>("GET", `/jobs/${part(id)}/attempts`, { signal }),
  artifacts: (id: string, signal?: AbortSignal) =>
    ask<List<Artifact>>("GET", `/jobs/${part(id)}/artifacts`, { signal }),

  // Computers
  agents: (signal?: AbortSignal) => ask<List<Agent>>("GET", "/agents", { query: { limit: 200 }, signal }),
  patchAgent: (id: string, body: PatchAgent) => ask<Agent>("PATCH", `/agents/${part(id)}`, { json: body }),
  checkAgent: (id: string) => ask<void>("POST", `/agents/${part(id)}/check`),
  revokeAgent: (id: string, running: "stop" | "finish") =>
    ask<void>("DELETE", `/agents/${part(id)}`, { query: { running } }),
  pairings: (signal?: AbortSignal) => ask<List<Pairing>>("GET", "/pairings", { signal }),
  approve: (id: string, code: string) => ask<Pairing>("POST", `/pairings/${part(id)}/approve`, { json: { code } }),
  deny: (id: string) => ask<Pairing>("POST", `/pairings/${part(id)}/deny`),
  denyAll: (address: string) => ask<DeniedFrom>("POST", "/pairings/deny", { json: { address } }),
  enrolments: (signal?: AbortSignal) => ask<List<Enrolment>>("GET", "/enrolments", { signal }),
  createEnrolment: (body: CreateEnrolment) => ask<Enrolment>("POST", "/enrolments", { json: body }),
  revokeEnrolment: (id: string) => ask<void>("DELETE", `/enrolments/${part(id)}`),

  // Accounts of others
  users: (signal?: AbortSignal) => ask<List<User>>("GET", "/users", { signal }),
  patchUser: (id: string, body: PatchUser, running?: "stop" | "finish") =>
    ask<User>("PATCH", `/users/${part(id)}`, { json: body, query: { running } }),
  invites: (signal?: AbortSignal) => ask<List<Invite>>("GET", "/invites", { signal }),
  createInvite: (body: CreateInvite) => ask<Invite>("POST", "/invites", { json: body }),
  revokeInvite: (id: string) => ask<void>("DELETE", `/invites/${part(id)}`),
  audit: (query: Record<string, string | number | undefined>, signal?: AbortSignal) =>
    ask<List<AuditEntry>>("GET", "/audit", { query, signal }),

  // Account
  tokens: (signal?: AbortSignal) => ask<List<Token>>("GET", "/tokens", { signal }),
  createToken: (body: CreateToken) => ask<Token>("POST", "/tokens", { json: body }),
  revokeToken: (id: string) => ask<void>("DELETE", `/tokens/${part(id)}`),
  sessions: (signal?: AbortSignal) => ask<List<Session>>("GET", "/sessions", { signal }),
  endSession: (id: string) => ask<void>("DELETE", `/sessions/${part(id)}`),
};

/** What the live parts are given instead of the network; tests hand in another. */
export type Rest = typeof rest;

// Addresses that a link, an image or a frame of the page points to.
export const artifactAddress = (id: string): string => `${base}/artifacts/${part(id)}`;
const ofAttempt = (attempt: number | undefined): string => (attempt === undefined ? "" : `?attempt=${attempt}`);
export const logTextAddress = (jobId: string, attempt?: number): string =>
  `${base}/jobs/${part(jobId)}/log.txt${ofAttempt(attempt)}`;
export const eventsAddress = (jobId: string, attempt?: number): string =>
  `${base}/jobs/${part(jobId)}/events.jsonl${ofAttempt(attempt)}`;
export const sourceAddress = (robotId: string): string => `${base}/robots/${part(robotId)}/source`;
