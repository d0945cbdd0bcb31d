// A list as a file for spreadsheets: read page by page until somebody stops it, UTF-8 with a mark, no cell that a
// spreadsheet would compute.

import type { Answer, Failure } from "../wire/failure";
import type { List } from "../wire/generated";

/** More rows than this no spreadsheet is pleased with: the filter is to be narrowed. */
export const mostRows = 100_000;
export const perAnswer = 200;
/** What tells a spreadsheet that the file is UTF-8. */
const mark = "\ufeff";
/** What spreadsheets take for the beginning of a formula. */
const formula = /^[=+\-@\t\r]/;

export type Read<Row> = { rows: Row[]; more: boolean } | { failure: Failure } | { stopped: true };

/** Everything that the list holds, in its order. */
export async function everyRow<Row>(
  page: (cursor: string | undefined, signal: AbortSignal) => Promise<Answer<List<Row>>>,
  onCount: (rows: number) => void,
  signal: AbortSignal,
): Promise<Read<Row>> {
  const rows: Row[] = [];
  let cursor: string | undefined;
  do {
    const answer = await page(cursor, signal);
    if (signal.aborted) return { stopped: true };
    if (!answer.ok) return { failure: answer.failure };
    rows.push(...answer.value.items);
    cursor = answer.value.nextCursor;
    onCount(rows.length);
  } while (cursor !== undefined && rows.length < mostRows);
  return { rows: rows.slice(0, mostRows), more: cursor !== undefined };
}

export function csvOf(lines: readonly (readonly string[])[]): string {
  return mark + lines.map((line) => `${line.map(cell).join(",")}\r\n`).join("");
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

function cell(text: string): string {
  const safe = formula.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
