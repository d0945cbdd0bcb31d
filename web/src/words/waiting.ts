// Why a job waits: one sentence and one button for each code. What the page does not know is shown by its message.

import type { Route } from "../paths";
import type { Job, WhyWaiting } from "../wire/generated";
import { asSentence } from "./failures";
import { waiting as t } from "./generated/waiting";
import { counting, exact } from "./times";

export interface WaitingButton {
  text: string;
  to?: Route;
  /** Takes the pause of this computer away. */
  resume?: string;
  /** Opens the play dialog with the job's values. */
  elsewhere?: true;
}

export interface WaitingWords {
  sentence: string;
  button?: WaitingButton;
}

export function waitingWords(why: WhyWaiting, job: Pick<Job, "robotId" | "wantedAgentId">): WaitingWords {
  const args = new Arguments(why.args);
  const computers: WaitingButton = { text: t.showComputers(), to: { page: "computers" } };
  const elsewhere: WaitingButton = { text: t.playElsewhere(), elsewhere: true };
  const settings: Route = { page: "robot", id: job.robotId, tab: "settings" };
  const found = ((): WaitingWords | undefined => {
    switch (why.code) {
      case "server_stopping":
        return { sentence: t.server_stopping() };
      case "offered":
        return args.all("computer", "until")
          ? { sentence: t.offered({ computer: args.text("computer"), until: args.time("until") }) }
          : undefined;
      case "no_agent":
        return { sentence: t.no_agent(), button: { text: t.pair(), to: { page: "computers", pair: true } } };
      case "agents_offline":
        return args.all("n", "computer", "time")
          ? {
              sentence: t.agents_offline({
                n: args.count("n"),
                computer: args.text("computer"),
                time: args.time("time"),
              }),
              button: computers,
            }
          : { sentence: asSentence(why.message), button: computers };
      case "label_missing":
        return {
          sentence:
            args.all("label") && !job.wantedAgentId
              ? t.label_missing({ label: args.text("label") })
              : asSentence(why.message),
          button: { text: t.editLabels(), to: settings },
        };
      case "wanted_removed":
        return {
          sentence: args.all("computer")
            ? t.wanted_removed({ computer: args.text("computer") })
            : asSentence(why.message),
          button: elsewhere,
        };
      case "wanted_offline":
        return {
          sentence: args.all("computer", "time")
            ? t.wanted_offline({ computer: args.text("computer"), time: args.time("time") })
            : asSentence(why.message),
          button: elsewhere,
        };
      case "slots_busy": {
        const button: WaitingButton = { text: t.showExecuting(), to: { page: "jobs", status: "executing" } };
        if (!args.all("n")) return { sentence: asSentence(why.message), button };
        const busy = t.slots_busy({ n: args.count("n"), computer: args.text("computer") });
        const free = args.ms("duration");
        return { sentence: free === undefined ? busy : `${busy} ${t.nextFree({ duration: counting(free) })}`, button };
      }
      case "queued_behind":
        return {
          sentence: args.all("n") ? t.queued_behind({ n: args.count("n") }) : asSentence(why.message),
          button: { text: t.showQueue(), to: { page: "jobs", status: "waiting" } },
        };
      case "agent_paused":
        return {
          sentence: args.all("computer")
            ? t.agent_paused({ computer: args.text("computer") })
            : asSentence(why.message),
          button: args.all("agentId") ? { text: t.resume(), resume: args.text("agentId") } : computers,
        };
      case "not_ready":
        return {
          sentence: args.all("computer", "check")
            ? t.not_ready({ computer: args.text("computer"), check: args.text("check") })
            : asSentence(why.message),
          button: { text: t.howToMend(), to: { page: "computers" } },
        };
      case "declined":
        return {
          sentence: args.all("computer", "reason", "until")
            ? t.declined({
                computer: args.text("computer"),
                reason: args.text("detail") || declineReason(args.text("reason")),
                until: args.time("until"),
              })
            : asSentence(why.message),
          button: { text: t.howToMend(), to: { page: "computers" } },
        };
      default:
        return undefined;
    }
  })();
  return found ?? { sentence: asSentence(why.message) };
}

const reasons: Record<string, () => string> = {
  no_slot: t.no_slot,
  environment: t.environment,
  unsupported_robot: t.unsupported_robot,
  disk_full: t.disk_full,
  shutting_down: t.shutting_down,
  not_now: t.not_now,
};

const declineReason = (code: string): string => (Object.hasOwn(reasons, code) ? (reasons[code]?.() ?? code) : code);

/** The arguments as the server sent them: any of them may be absent or of another kind. */
class Arguments {
  readonly #values: Record<string, unknown>;

  constructor(values: Record<string, unknown> | undefined) {
    this.#values = values ?? {};
  }

  all(...names: string[]): boolean {
    return names.every((name) => this.#values[name] !== undefined && this.#values[name] !== null);
  }

  text(name: string): string {
    const value = this.#values[name];
    if (Array.isArray(value)) return value.join(", ");
    return typeof value === "string" || typeof value === "number" ? String(value) : "";
  }

  count(name: string): number {
    const value = Number(this.#values[name]);
    return Number.isFinite(value) ? value : 0;
  }

  time(name: string): string {
    const at = Date.parse(this.text(name));
    return Number.isNaN(at) ? this.text(name) : exact(at);
  }

  ms(name: string): number | undefined {
    const value = this.#values[`${name}Ms`] ?? this.#values[name];
    return typeof value === "number" ? value : undefined;
  }
}
