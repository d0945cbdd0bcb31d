// Jobs as a table for spreadsheets: UTF-8 with a mark, ISO times, no cell that a spreadsheet would compute.

import type { Job } from "../../wire/generated";
import { ranMs } from "../../words/outcome";

/** What tells a spreadsheet that the file is UTF-8. */
const mark = "\ufeff";
/** What spreadsheets take for the beginning of a formula. */
const formula = /^[=+\-@\t\r]/;

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

export function csvOf(jobs: readonly Job[], heads: Heads, statusWord: (status: string) => string): string {
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
  return mark + [Object.values(heads), ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function seconds(job: Job): string {
  const ms = ranMs(job);
  return ms === undefined ? "" : (ms / 1_000).toFixed(3);
}

function cell(text: string): string {
  const safe = formula.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
