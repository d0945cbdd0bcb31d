// Jobs as the lines of a table for spreadsheets, with ISO times.

import type { Job } from "../../wire/generated";
import { ranMs } from "../../words/outcome";

export interface Heads {
  status: string;
  robot: string;
  number: string;
  version: string;
  created: string;
  started: string;
  ended: string;
  seconds: string;
  computer: string;
  by: string;
  outcome: string;
  id: string;
}

export function linesOf(jobs: readonly Job[], heads: Heads, statusWord: (status: string) => string): string[][] {
  const rows = jobs.map((job) => [
    statusWord(job.status),
    job.robotName,
    String(job.number),
    String(job.robotVersion),
    job.createdAt,
    job.startedAt ?? "",
    job.endedAt ?? "",
    seconds(job),
    job.agentName ?? "",
    job.createdBy.name ?? "",
    job.outcome?.message ?? "",
    job.id,
  ]);
  return [Object.values(heads), ...rows];
}

function seconds(job: Job): string {
  const ms = ranMs(job);
  return ms === undefined ? "" : (ms / 1_000).toFixed(3);
}
