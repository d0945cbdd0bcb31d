// Changes as the lines of a table for spreadsheets, with ISO times.

import type { AuditEntry } from "../../wire/generated";
import { audit as t } from "../../words/generated/audit";
import { actionWord } from "./action";
import { targetOf } from "./target";

export function linesOf(entries: readonly AuditEntry[]): string[][] {
  const heads = [t.time(), t.who(), t.by(), t.did(), t.on(), t.where(), t.accountId(), t.targetId()];
  const rows = entries.map((entry) => [
    entry.at,
    entry.by.name ?? "",
    entry.by.kind === "token" ? t.token() : "",
    actionWord(entry.action),
    targetOf(entry).text,
    entry.address,
    entry.userId,
    entry.targetId ?? "",
  ]);
  return [heads, ...rows];
}
