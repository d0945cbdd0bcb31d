// The jobs of a whole filter as a file: read page by page, with a count, until somebody stops it.

import type { Failure } from "../../wire/failure";
import type { Job } from "../../wire/generated";
import { rest } from "../../wire/rest";

/** More rows than this no spreadsheet is pleased with: the filter is to be narrowed. */
export const mostRows = 100_000;
const perAnswer = 200;

export type Exported = { jobs: Job[]; more: boolean } | { failure: Failure } | { stopped: true };

/** Everything that the query names, newest first. */
export async function everyJob(
  query: Record<string, string | number | undefined>,
  onCount: (jobs: number) => void,
  signal: AbortSignal,
): Promise<Exported> {
  const jobs: Job[] = [];
  let cursor: string | undefined;
  do {
    const answer = await rest.jobs({ ...query, cursor, limit: perAnswer }, signal);
    if (signal.aborted) return { stopped: true };
    if (!answer.ok) return { failure: answer.failure };
    jobs.push(...answer.value.items);
    cursor = answer.value.nextCursor;
    onCount(jobs.length);
  } while (cursor !== undefined && jobs.length < mostRows);
  return { jobs: jobs.slice(0, mostRows), more: cursor !== undefined };
}

/** Hands a text to the person as a file. */
export function save(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
