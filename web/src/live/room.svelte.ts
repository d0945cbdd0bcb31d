// What every page of one user shows: computers, pairings, the jobs under way. Made by the frame, ended with it.

import { createContext } from "svelte";
import type { Failure } from "../wire/failure";
import type { Agent, Job, Pairing } from "../wire/generated";
import type { Rest } from "../wire/rest";
import type { Socket } from "../wire/socket";
import { clock } from "./clock.svelte";
import { Held, isNewer, type Revised } from "./held";

/** Ended jobs that are remembered for the rows of robots, at most. */
const keptJobs = 2_000;
const page = 200;

export const isOpen = (job: { status: string }): boolean => job.status === "waiting" || job.status === "executing";

export class Room {
  agents: Agent[] = $state.raw([]);
  /** Every job heard of since the page was opened, ended ones too. */
  jobs: ReadonlyMap<string, Job> = $state.raw(new Map());
  /** Open jobs, and whether there are more than the page asked for. */
  open: { jobs: Job[]; more: boolean } = $state.raw({ jobs: [], more: false });
  failure: Failure | undefined = $state.raw();
  loaded = $state(false);
  #pairings: Pairing[] = $state.raw([]);
  /** Pairings that ended while the page looked: the card says how. */
  endings: Pairing[] = $state.raw([]);
  readonly #heldPairings = new Held<Pairing & Revised>();
  readonly #heldAgents = new Held<Agent>();
  readonly #heldJobs = new Held<Job>();
  #more = false;
  #turn = 0;
  readonly #ends: (() => void)[];

  constructor(
    readonly rest: Rest,
    socket: Socket,
  ) {
    this.#ends = [
      socket.on("agent", ({ agent }) => this.adoptAgent(agent)),
      socket.on("job", ({ job }) => this.adoptJob(job)),
      socket.on("pairing", ({ pairing }) => this.adoptPairing(pairing)),
    ];
  }

  /** Pairings that wait for an answer, newest first. */
  get pairings(): Pairing[] {
    return this.#pairings.filter((pairing) => Date.parse(pairing.expiresAt) > clock.now);
  }

  get online(): number {
    return this.agents.filter((agent) => agent.state === "online").length;
  }

  /** Brings everything up to date; a newer call voids an older one. True: the open jobs are known again. */
  async sync(): Promise<boolean> {
    const turn = ++this.#turn;
    this.#heldPairings.begin();
    this.#heldAgents.begin();
    this.#heldJobs.begin();
    const [agents, pairings, waiting, executing] = await Promise.all([
      this.rest.agents(),
      this.rest.pairings(),
      this.rest.jobs({ status: "waiting", limit: page }),
      this.rest.jobs({ status: "executing", limit: page }),
    ]);
    if (turn !== this.#turn) return false;
    if (agents.ok) this.#heldAgents.finish(agents.value.items);
    if (pairings.ok) this.#heldPairings.finish(pairings.value.items.map(revised).filter(({ deleted }) => !deleted));
    if (waiting.ok && executing.ok) {
      this.#heldJobs.finish([...waiting.value.items, ...executing.value.items], (job) => !isOpen(job));
      this.#more = Boolean(waiting.value.nextCursor ?? executing.value.nextCursor);
    }
    const failed = [agents, pairings, waiting, executing].find((answer) => !answer.ok);
    this.failure = failed && !failed.ok ? failed.failure : undefined;
    this.loaded ||= agents.ok;
    this.#show();
    return waiting.ok && executing.ok;
  }

  adoptAgent(agent: Agent): void {
    if (this.#heldAgents.adopt(agent)) this.#showAgents();
  }

  adoptJob(job: Job): void {
    if (this.#heldJobs.adopt(job)) this.#showJobs();
  }

  adoptPairing(pairing: Pairing): void {
    const known = this.#heldPairings.get(pairing.id) !== undefined;
    if (!this.#heldPairings.adopt(revised(pairing))) return;
    this.#showPairings();
    if (pairing.state !== "pending" && known) {
      this.endings = [pairing, ...this.endings.filter(({ id }) => id !== pairing.id)].slice(0, 3);
    }
  }

  /** Takes a notice of an ended pairing away. */
  dismiss(id: string): void {
    this.endings = this.endings.filter((ending) => ending.id !== id);
  }

  forgetAgent(id: string): void {
    this.#heldAgents.remove(id);
    this.#showAgents();
  }

  agent(id: string | undefined): Agent | undefined {
    return id === undefined ? undefined : this.agents.find((agent) => agent.id === id);
  }

  /** The newest job of a robot that this page has heard of. */
  latestOf(robotId: string): Job | undefined {
    return this.#latest.get(robotId);
  }

  end(): void {
    this.#turn += 1;
    for (const end of this.#ends) end();
  }

  readonly #latest: ReadonlyMap<string, Job> = $derived.by(() => {
    const latest = new Map<string, Job>();
    for (const job of this.jobs.values()) {
      const other = latest.get(job.robotId);
      if (!other || job.number > other.number || (job.number === other.number && isNewer(job, other))) {
        latest.set(job.robotId, job);
      }
    }
    return latest;
  });

  #show(): void {
    this.#showPairings();
    this.#showAgents();
    this.#showJobs();
  }

  #showPairings(): void {
    this.#pairings = this.#heldPairings.all().sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  }

  #showAgents(): void {
    this.agents = this.#heldAgents.all().sort((a, b) => a.name.localeCompare(b.name));
  }

  #showJobs(): void {
    if (this.#heldJobs.size > keptJobs) {
      for (const job of this.#heldJobs.all().slice(0, this.#heldJobs.size - keptJobs)) {
        if (!isOpen(job)) this.#heldJobs.remove(job.id);
      }
    }
    const all = this.#heldJobs.all();
    this.jobs = new Map(all.map((job) => [job.id, job]));
    this.open = { jobs: all.filter(isOpen), more: this.#more };
  }
}

/** A pairing changes once, when it ends, and is then held no more. */
const revised = (pairing: Pairing): Pairing & Revised =>
  pairing.state === "pending" ? { ...pairing, rev: 0 } : { ...pairing, rev: 1, deleted: true };

export const [getRoom, setRoom] = createContext<Room>();
