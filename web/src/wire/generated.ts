// Generated from crates/wire by `cargo xtask generate`. Do not edit.
// The shapes of docs/WIRE.md. An absent value is left out, never null.

/** The value of a parameter, of the JSON type of its declaration. */
export type Value = string | number | boolean;
/** A value that was entered. */
export type PlayValue = { name: string, value: Value };
/** Whether something may be done, or why not. */
export type Allowed = true | { no: string };
/** A page of a list, newest first. */
export type List<T> = { items: T[], nextCursor?: string };
/** `POST /invites/accept` */
export type AcceptInvite = {
/** The token of the invite's link. */
invite: SecretText,
/** The person's name. */
name: string,
/** Their address. */
email: string,
/** Their password. */
password: SecretText, };
/** Who asked for something. */
export type Actor = {
/** What kind of caller it was. */
kind: ActorKind,
/** Its id: of the user, of the token. */
id: string,
/** Its name as people know it. */
name: string, };
/** The kinds of caller. */
export type ActorKind = "user" | "token";
/** The desktop app on one computer. */
export type Agent = {
/** Its id. */
id: AgentId,
/** Its name. */
name: string,
/** The computer's own name. */
host: string,
/** The operating system; an open list. */
os: string,
/** The program's version. */
version: string,
/** Its labels. */
labels: Array<string>,
/** The most attempts at once. */
slots: number,
/** The most attempts at once that its program allows. */
programSlots: number,
/** Open offers and attempts. */
busy: number,
/** Its user wants it to take nothing new. */
paused: boolean,
/** Grows with each change that people see. */
rev: number,
/** Whether it is heard from. */
state: AgentState,
/** What it works on. */
running: Array<Running>,
/** What it found on its computer. */
checks: Array<Check>,
/** When it was paired. */
createdAt: Timestamp,
/** Its last sign of life. */
lastSeenAt?: Timestamp,
/** When it last told its checks, by the server's clock. */
checkedAt?: Timestamp,
/** It was removed. */
deleted?: boolean, };
/** The desktop app on one computer. */
export type AgentId = string;
/** `agent`: an agent changed. */
export type AgentPush = {
/** The agent. */
agent: Agent, };
/** Whether an agent is heard from. */
export type AgentState = "online" | "silent" | "offline";
/** A file that an attempt left behind. */
export type Artifact = {
/** Its id. */
id: ArtifactId,
/** The job. */
jobId: JobId,
/** The attempt. */
attempt: number,
/** Its name. */
name: string,
/** Its size. */
sizeBytes: number,
/** Its media type. */
mediaType: string,
/** Its digest. */
sha256: Sha256,
/** When it came. */
createdAt: Timestamp, };
/** A file that an attempt left behind. */
export type ArtifactId = string;
/** One attempt that was confirmed. */
export type Attempt = {
/** Its number. */
n: number,
/** Its agent. */
agentId: AgentId,
/** Its agent's name. */
agentName: string,
/** When it was offered. */
offeredAt: Timestamp,
/** When it was confirmed. */
startedAt: Timestamp,
/** The last event that is stored. */
lastSeq: number,
/** Events up to the reported end that are not stored. */
missing: number,
/** When it ended. */
endedAt?: Timestamp,
/** How it ended. */
outcome?: Outcome,
/** What was reported after the server had ended it. */
late?: Late, };
/** One change that somebody asked for, as admins see it. */
export type AuditEntry = {
/** Its id. */
id: string,
/** When. */
at: Timestamp,
/** Whose account it happened in. */
userId: UserId,
/** Who asked for it. */
by: Actor,
/** What was done; an open list. */
action: string,
/** Where it was asked for. */
address: string,
/** What it was done to: its id. */
targetId?: string,
/** What it is called. */
targetName?: string, };
/** `behind`: the page was too slow and asks again. */
export type Behind = {
/** The job. */
jobId: JobId,
/** The last event that is stored. */
upTo: number, };
/** What may be done with a job. */
export type Can = {
/** End it. */
cancel: Allowed,
/** End it by force. */
kill: Allowed,
/** Ask for the same again. */
retry: Allowed, };
/** `POST /jobs/{id}/cancel` */
export type CancelJob = {
/** How. */
mode: CancelMode, };
/** How somebody wants a job to end. A mode only rises. */
export type CancelMode = "stop" | "kill";
/** A request to end a job. */
export type Cancelling = {
/** How. */
mode: CancelMode,
/** Who asked. */
by: Actor,
/** When. */
at: Timestamp,
/** It was sent to a connected agent or stood in an answer to it. */
reached: boolean, };
/** One thing that an agent looked at on its computer. */
export type Check = {
/** What was looked at; an open list (`python`, `environments`, `disk`, `clock`, …). */
code: string,
/** Whether it is as it should be. */
ok: boolean,
/** What was found, as a sentence. */
text: string, };
/** What a check of a source found. */
export type CheckResult = {
/** What it declares. */
parameters: Array<Parameter>,
/** What is wrong with it. */
problems: Array<Problem>,
/** The files of a package. */
files?: Array<PackageFile>, };
/** One of the values that a choice offers. */
export type Choice = {
/** What is sent. */
value: string,
/** What is shown instead of the value. */
label?: string, };
/** `POST /enrolments` */
export type CreateEnrolment = {
/** How often it may be used: 1–1,000; 1 if absent. */
uses?: number,
/** How long it lives: at most 7 days; an hour if absent. */
expiresInMs?: number,
/** Labels of its agents. */
labels?: Array<string>,
/** The name of its agents. */
name?: string, };
/** `POST /invites` */
export type CreateInvite = {
/** What the account may do: `admin` or `user`. */
role: Role, };
/** `POST /jobs`: as `play`, with the request id in the header or the body. */
export type CreateJob = {
/** The caller's id for this request; the header `Idempotency-Key` is stronger. */
requestId?: string,
/** The robot. */
robotId: IdText,
/** Its version; absent: the latest. */
version?: number,
/** The values that were entered. */
parameters: PlayValue[],
/** On this computer. */
agentId?: IdText,
/** On one with this label. */
agentLabel?: string, };
/** `POST /users/{userId}/robots` as JSON */
export type CreateRobot = {
/** Its name. */
name: string,
/** The text of its `.robot` file. */
source: string, };
/** `POST /tokens` */
export type CreateToken = {
/** Its name. */
name: string,
/** What it may do. */
scopes: Array<Scope>,
/** How long it lives; absent: for ever. */
expiresInMs?: number, };
/** The answer to `POST /pairings/deny` */
export type DeniedFrom = {
/** How many were denied. */
denied: number, };
/** A token that makes agents without a person in front of them. */
export type Enrolment = {
/** Its id. */
id: EnrolmentId,
/** Labels of its agents. */
labels: Array<string>,
/** How often it may be used. */
uses: number,
/** How often it was used. */
used: number,
/** When it runs out. */
expiresAt: Timestamp,
/** When it was made. */
createdAt: Timestamp,
/** The name of its agents. */
name?: string,
/** The token itself: shown once, in the answer to its making. */
token?: SecretText, };
/** An enrolment token for unattended installs. */
export type EnrolmentId = string;
/** An error. */
export type ErrorBody = {
/** What went wrong, for programs. */
code: ErrorCode,
/** What went wrong, on what and why, for people. */
message: string,
/** The server's id for this request, also in its log. */
reference: string,
/** What to do next. */
hint?: string,
/** With `invalid`. */
fields?: Array<FieldProblem>,
/** With `missing_events`: the last event that is stored. */
upTo?: number,
/** With `slow_down` and `try_again`. */
retryAfterMs?: number,
/** With `unsupported_version`: the versions that are spoken. */
supported?: Array<number>,
/** With `conflict` of a request id: the job of that request. */
jobId?: JobId,
/** With `conflict` of a cancel: the job as it ended. */
job?: Job,
/** With `conflict` of a source: the latest version. */
version?: number, };
/** What went wrong, for programs. */
export type ErrorCode = "malformed" | "unauthenticated" | "revoked" | "forbidden" | "not_found" | "conflict" | "stale_attempt" | "not_confirmed" | "missing_events" | "not_joined" | "replaced" | "too_large" | "invalid" | "unsupported_version" | "slow_down" | "try_again" | "internal";
/** One thing that happened. Which of the optional fields stand is the kind's business; kinds, types, levels, statuses and streams are open lists. */
export type Event = {
/** Its number in the attempt, from 1. */
seq: number,
/** When, by the agent's clock corrected by the offset measured at `join`. */
at: Timestamp,
/** `stepStarted` `stepEnded` `log` `output` `note` `artifact` `gap` … */
kind: string,
/** The number of the step, from 1 in the attempt. */
step?: number,
/** The step that it stands in. */
parent?: number,
/** Of a step: `suite` `task` `keyword` `for` `environment` … */
type?: string,
/** Of a step or a file. */
name?: string,
/** The library of a keyword. */
library?: string,
/** The arguments of a keyword. */
args?: Array<string>,
/** The line in the robot's file. */
line?: number,
/** `trace` `debug` `info` `warn` `error` */
level?: string,
/** What was written. */
text?: string,
/** The size of the whole text, if it was cut. */
textBytes?: number,
/** `pass` `fail` `skip` `not_run` */
status?: string,
/** How long the step took. */
elapsedMs?: number,
/** Why the step failed. */
message?: string,
/** `stdout` `stderr` */
stream?: string,
/** What a note is about. */
code?: string,
/** The stored file. */
artifactId?: ArtifactId,
/** Its size. */
sizeBytes?: number,
/** Its media type. */
mediaType?: string,
/** How many events a gap stands for; absent: unknown. */
count?: number,
/** Why they are missing. */
reason?: string, };
/** A batch of events, for those who show them. */
export type EventBatch = {
/** The job. */
jobId: JobId,
/** The attempt. */
attempt: number,
/** The number of the first event. */
first: number,
/** The events. */
events: Array<Event>, };
/** Events of an attempt, oldest first. */
export type EventPage = {
/** The events. */
items: Array<RawEvent>,
/** The last event that is stored. */
upTo: number,
/** The attempt; absent if there is none. */
attempt?: number,
/** Where the next page begins. */
nextAfter?: number, };
/** A field that is wrong. */
export type FieldProblem = {
/** Its path, or the parameter's name for `play`; empty for the whole message. */
name: string,
/** What is wrong, as a sentence for people. */
message: string, };
/** What is kept and shown of one parameter of a job. */
export type FilledValue = {
/** The name of the parameter. */
name: string,
/** Its type. */
type: ParameterType,
/** The value, of the JSON type of `kind`. Absent for a secret, and for an optional parameter that got no value and has no default. */
value?: string | number | boolean,
/** For a secret only: whether it was given. */
set?: boolean, };
/** `goodbye`: the connection ends. */
export type Goodbye = {
/** Why. */
reason: GoodbyeReason,
/** When to come back. */
reconnectInMs?: number,
/** What is to become of what runs. */
running?: RunningThen, };
/** Why the server ends a connection. */
export type GoodbyeReason = "revoked" | "replaced" | "signed_out" | "draining";
/** An event that a search found. */
export type Hit = {
/** Its number. */
seq: number,
/** When it happened. */
at: Timestamp,
/** What was written. */
text: string,
/** The step that it belongs to. */
step?: number,
/** Its level. */
level?: string, };
/** What a search found, oldest first. */
export type HitPage = {
/** The events. */
items: Array<Hit>,
/** The last event that was looked at: where the next page begins, if it is below `upTo`. */
searchedTo: number,
/** The last event that is stored. */
upTo: number,
/** The attempt; absent if there is none. */
attempt?: number, };
/** A text where an id is expected. One that is no id names nothing. */
export type IdText = string;
/** An invite to make an account. */
export type Invite = {
/** Its id. */
id: string,
/** What the account may do. */
role: Role,
/** Who invited. */
byName: string,
/** When it was made. */
createdAt: Timestamp,
/** When it runs out. */
expiresAt: Timestamp,
/** The token of its link: shown once, in the answer to its making. */
token?: SecretText, };
/** One execution that somebody asked for. */
export type Job = {
/** Its id. */
id: JobId,
/** Its number for people: of this robot, from 1, with holes, never reused. */
number: number,
/** Whose it is. */
userId: UserId,
/** What it runs. */
robotId: RobotId,
/** The robot's name at play. */
robotName: string,
/** The robot's version. */
robotVersion: number,
/** What people see. */
status: Status,
/** Grows with each stored change except events. */
rev: number,
/** When the computed parts were computed: of two with one `rev` the later counts. */
asOf: Timestamp,
/** When it was accepted. */
createdAt: Timestamp,
/** Who asked for it. */
createdBy: Actor,
/** What may be done with it now. */
can: Can,
/** All declared ones in their order. Left out in pushes and lists. */
parameters?: Array<FilledValue>,
/** Of the latest offer or attempt. */
attempt?: number,
/** Of the latest offer or attempt. */
agentId?: AgentId,
/** Of the latest offer or attempt. */
agentName?: string,
/** As asked for. */
wantedAgentId?: AgentId,
/** As asked for. */
wantedAgentLabel?: string,
/** When the latest confirmed attempt was confirmed, by the server's clock. */
startedAt?: Timestamp,
/** When its end was stored, by the server's clock. */
endedAt?: Timestamp,
/** The last stored event of the latest confirmed attempt. */
lastSeq?: number,
/** From the request until the end. */
cancelling?: Cancelling,
/** How it ended. */
outcome?: Outcome,
/** What was reported after the server had ended it. */
late?: Late,
/** Why it waits. */
whyWaiting?: WhyWaiting,
/** Since when its agent is silent, while it executes. */
silentSince?: Timestamp,
/** The job whose content it repeats. */
retryOf?: JobId,
/** It was deleted. */
deleted?: boolean, };
/** The answer to `play` and `cancel`. */
export type JobAnswer = {
/** The job now. */
job: Job, };
/** One execution that somebody asked for. */
export type JobId = string;
/** `job`: a job changed. Without its parameters. */
export type JobPush = {
/** The job. */
job: Job, };
/** The answer to `join`. */
export type JoinAnswer = {
/** The room that was joined: the user id. */
room: string,
/** The server's clock. */
serverTime: Timestamp,
/** The server's limits. */
limits: Limits,
/** The name of the embedded page's build. */
build: string, };
export type JsonValue = number | string | boolean | Array<JsonValue> | { [key in string]: JsonValue } | null;
/** The job of a robot that was played last. */
export type LastJob = {
/** Its id. */
id: JobId,
/** Its number. */
number: number,
/** What people see. */
status: Status,
/** When its latest attempt was confirmed. */
startedAt?: Timestamp,
/** When it ended. */
endedAt?: Timestamp,
/** Why it failed. */
message?: string, };
/** An outcome that was reported after the server had ended the attempt. */
export type Late = {
/** What really happened. */
outcome: Outcome,
/** When it was reported. */
at: Timestamp, };
/** Limits that a peer must know. Times in milliseconds. */
export type Limits = {
/** The largest message. */
messageBytes: number,
/** The most events in a batch. */
batchEvents: number,
/** The longest text of an event. */
logLineBytes: number,
/** The largest parameters of one job. */
parametersBytes: number,
/** The most unanswered batches. */
batchesInFlight: number,
/** How long an offer lasts. */
offerMs: number,
/** How often an agent renews. */
renewMs: number,
/** Silence after which people are told. */
silentMs: number,
/** Silence after which the server decides. */
lostMs: number, };
/** Who is signed in. */
export type Me = {
/** Their user id. */
userId: UserId,
/** Their name. */
name: string,
/** Their address. */
email: string,
/** What they may do. */
role: Role,
/** What the page keeps for them. */
settings: Record<string, unknown>, };
/** How an attempt ended, and how long its robot ran. */
export type Outcome = { kind: 'success' | 'failed' | 'cancelled', failure?: string, message?: string, step?: string, how?: string, by?: Actor, ranMs?: number };
/** A file of a package. */
export type PackageFile = {
/** Its path in the package. */
name: string,
/** Its size. */
sizeBytes: number, };
/** A computer's request to be let in. */
export type Pairing = {
/** Its id. */
id: PairingId,
/** The code that terminal and page show. */
code: string,
/** The computer's own name. */
host: string,
/** The operating system. */
os: string,
/** Who is signed in there. */
osUser: string,
/** Where the request came from. */
address: string,
/** The program's version. */
version: string,
/** What was answered. */
state: PairingState,
/** The labels that were asked for. */
labels: Array<string>,
/** When it was made. */
createdAt: Timestamp,
/** When it runs out. */
expiresAt: Timestamp,
/** The agent that it became. */
agentId?: AgentId,
/** For the agent: how often to ask. */
pollMs?: number, };
/** A computer's request to be let in. */
export type PairingId = string;
/** `pairing`: a computer asks to be let in, or was answered. */
export type PairingPush = {
/** The pairing. */
pairing: Pairing, };
/** What was answered to a pairing. */
export type PairingState = "pending" | "approved" | "denied" | "expired";
/** One declared parameter, as stored with a version of a robot and sent to pages. */
export type Parameter = {
/** The name, as the robot wrote it. */
name: string,
/** What people read above the field; without one they read the name. */
label?: string,
/** The type of its values. */
type: ParameterType,
/** Whether a value must be given. */
required: boolean,
/** The value that counts when none is given, of the JSON type of `kind`. */
default?: string | number | boolean,
/** The values of a choice; empty for all other types. */
choices: Array<Choice>,
/** What people read below the field. */
help?: string,
/** The smallest number allowed. */
min?: number,
/** The largest number allowed. */
max?: number,
/** Whether a number must be whole. */
whole?: boolean,
/** A form for texts. It cannot be declared yet and nothing checks it. */
pattern?: string,
/** Whether the field of a text has several lines. */
multiline?: boolean,
/** The line of the declaration, from 1. */
line?: number, };
/** The type of a parameter. The list is closed: an unknown word is refused. */
export type ParameterType = "text" | "number" | "boolean" | "date" | "choice" | "file" | "secret";
/** `PATCH /agents/{id}`. Absent: as before. */
export type PatchAgent = {
/** Another name. */
name?: string,
/** Other labels. */
labels?: Array<string>,
/** The most attempts at once: 1–64. */
slots?: number,
/** Whether it takes nothing new. */
paused?: boolean, };
/** `PATCH /me`. Absent: as before. */
export type PatchMe = {
/** Another name. */
name?: string,
/** Another password. */
password?: SecretText,
/** The one that counts until now. */
oldPassword?: SecretText,
/** What the page keeps for them; merged key by key. */
settings?: Record<string, unknown>, };
/** `PATCH /robots/{id}`. Absent: as before. */
export type PatchRobot = {
/** Another name. */
name?: string,
/** Another description. */
description?: string,
/** Other labels. */
labels?: Array<string>,
/** Settings; merged key by key. `"timeoutMs": null` removes the time limit. */
settings?: Partial<Omit<RobotSettings, 'timeoutMs'>> & { timeoutMs?: number | null },
/** Marked or not. */
favourite?: boolean, };
/** `PATCH /users/{userId}`. Absent: as before. */
export type PatchUser = {
/** `admin` or `user`. */
role?: Role,
/** Whether nobody can sign in with it. */
disabled?: boolean, };
/** A computer where a robot could run. */
export type Place = {
/** Which. */
agentId: AgentId,
/** Its name. */
name: string,
/** `online` `silent` `offline` */
state: AgentState,
/** Its free slots. */
free: number,
/** Why it cannot run this robot. */
no?: string, };
/** All that a play dialog needs. */
export type PlayForm = {
/** The version that would be played. */
version: number,
/** What it declares. */
parameters: Array<Parameter>,
/** The values of the user's last play, without secrets. */
lastValues: Array<FilledValue>,
/** The user's computers. */
places: Array<Place>,
/** Why a job would wait now. */
wouldWait?: WhyWaiting, };
/** `play`: run a robot. */
export type PlayRequest = {
/** The caller's id for this request: the same again is the same job. */
requestId: string,
/** The robot. */
robotId: IdText,
/** Its version; absent: the latest. */
version?: number,
/** The values that were entered. */
parameters: PlayValue[],
/** On this computer. */
agentId?: IdText,
/** On one with this label. */
agentLabel?: string, };
/** Something wrong with a source. */
export type Problem = {
/** What, as a sentence for people. */
message: string,
/** In which file of a package. */
file?: string,
/** In which line, from 1. */
line?: number, };
/** One event as the bytes that it came in. Two are equal if their bytes are. */
export type RawEvent = Event;
/** `POST /jobs/{id}/retry`. The body may be absent; secrets must be given again. */
export type Retry = {
/** The secrets of the job. */
parameters: PlayValue[], };
/** Something to run. */
export type Robot = {
/** Its id. */
id: RobotId,
/** Whose it is. */
userId: UserId,
/** Its name. */
name: string,
/** What it is for. */
description: string,
/** What kind of program it is. */
kind: RobotKind,
/** Its latest version. */
version: number,
/** Grows with each change that people see. */
rev: number,
/** The labels that a computer must have to run it. */
labels: Array<string>,
/** How it wants to be run. */
settings: RobotSettings,
/** Its user marked it. */
favourite: boolean,
/** When it was made. */
createdAt: Timestamp,
/** When it was changed last. */
updatedAt: Timestamp,
/** What its latest version declares. Left out in rows. */
parameters?: Array<Parameter>,
/** The job that was played last. */
lastJob?: LastJob,
/** It was deleted. */
deleted?: boolean, };
/** Something to run. */
export type RobotId = string;
/** What kind of program a robot is. */
export type RobotKind = "robotframework";
/** `robot`: a robot changed. */
export type RobotPush = {
/** The robot. */
robot: Robot, };
/** How a robot wants to be run. A job keeps the settings that its robot had at play. */
export type RobotSettings = {
/** The longest time from the start of the robot's process, in milliseconds; absent: no limit. */
timeoutMs?: number,
/** How long a stopped robot may clean up before it is killed, in milliseconds. */
stopGraceMs: number,
/** Its owner declared that doing it twice does no harm. */
repeatable: boolean,
/** The most confirmed attempts of one job of a repeatable robot. */
maxAttempts: number,
/** How long ended jobs are kept, in days. */
keepDays: number, };
/** What a person may do besides owning robots, computers and jobs. */
export type Role = "owner" | "admin" | "user";
/** An attempt that an agent works on. */
export type Running = {
/** The job. */
jobId: JobId,
/** The attempt. */
attempt: number,
/** The robot's name. */
robotName: string, };
/** What is to become of what runs on a removed agent. */
export type RunningThen = "stop" | "finish";
/** What an API token may do. Each stands alone. */
export type Scope = "play" | "read" | "edit" | "metrics";
/** A password, key or token. Its `Debug` shows nothing of it. */
export type SecretText = string;
/** A signed-in browser. */
export type Session = {
/** Its id. */
id: SessionId,
/** When it was opened. */
createdAt: Timestamp,
/** When it was used last. */
lastUsedAt: Timestamp,
/** Where it was opened from. */
address: string,
/** The browser. */
userAgent: string,
/** It is the one that asks. */
current: boolean, };
/** A signed-in browser. */
export type SessionId = string;
/** `POST /setup` */
export type SetUp = {
/** The token of the setup link. */
link: SecretText,
/** The person's name. */
name: string,
/** Their address. */
email: string,
/** Their password. */
password: SecretText, };
/** A SHA-256 digest, written as 64 lower-case hex digits. */
export type Sha256 = string;
/** `POST /session` */
export type SignIn = {
/** Its token. */
link: SecretText, } | {
/** The address. */
email: string,
/** The password. */
password: SecretText, };
/** The five statuses that people see. */
export type Status = "waiting" | "executing" | "success" | "failed" | "cancelled";
/** One step of an attempt with those inside it. */
export type Step = {
/** Its number, from 1 in the attempt. */
step: number,
/** `suite` `task` `keyword` `for` `environment` …; an open list. */
type: string,
/** Its name. */
name: string,
/** Its arguments. */
args: Array<string>,
/** The event that started it. */
firstSeq: number,
/** When that was. */
startedAt: Timestamp,
/** The steps inside it, in their order. */
children: Array<Step>,
/** The step that it stands in. */
parent?: number,
/** How it ended: `pass` `fail` `skip` `not_run`, an open list; absent: not yet. */
status?: string,
/** How long it took. */
elapsedMs?: number,
/** How long it usually takes. */
usualMs?: number, };
/** The steps of an attempt. */
export type StepPage = {
/** The outermost ones. */
items: Array<Step>,
/** The attempt; absent if there is none. */
attempt?: number,
/** There are more or deeper ones than can be told. */
more?: boolean, };
/** Milliseconds since 1970-01-01T00:00:00Z. Written as RFC 3339 in UTC with milliseconds. */
export type Timestamp = string;
/** An API token. */
export type Token = {
/** Its id. */
id: TokenId,
/** Its name. */
name: string,
/** What it may do. */
scopes: Array<Scope>,
/** When it was made. */
createdAt: Timestamp,
/** When it runs out; absent: never. */
expiresAt?: Timestamp,
/** When it was used last. */
lastUsedAt?: Timestamp,
/** The token itself: shown once, in the answer to its making. */
token?: SecretText, };
/** An API token. */
export type TokenId = string;
/** A person with an account, as admins see it. */
export type User = {
/** Their user id. */
userId: UserId,
/** Their name. */
name: string,
/** Their address. */
email: string,
/** What they may do. */
role: Role,
/** They cannot sign in. */
disabled: boolean,
/** When they were last here. */
lastSeenAt?: Timestamp,
/** How many computers they have. */
computers?: number,
/** How many of their jobs are kept. */
jobs?: number, };
/** A person with an account; also the name of that person's room. */
export type UserId = string;
/** One saved state of a robot's source. */
export type Version = {
/** Its number, from 1. */
version: number,
/** When it was saved. */
createdAt: Timestamp,
/** Who saved it. */
createdBy: Actor,
/** Its digest. */
sha256: Sha256,
/** What it declares. */
parameters: Array<Parameter>,
/** What its author said of it. */
note?: string, };
/** `watch`: follow a job's events. */
export type Watch = {
/** The job. */
jobId: IdText,
/** The last event that the page has. */
after: number,
/** The attempt; absent: the latest confirmed one. */
attempt?: number,
/** Stay with that attempt. */
only?: boolean, };
/** The answer to `watch`. */
export type WatchAnswer = {
/** The job now. */
job: Job,
/** The last event that is stored. */
upTo: number,
/** The attempt that is followed; absent until one begins. */
attempt?: number, };
/** Why a job waits. */
export type WhyWaiting = {
/** For programs; an open list. */
code: string,
/** For people. */
message: string,
/** What the sentence is made of. Times are absolute. */
args: { [key in string]: JsonValue }, };
