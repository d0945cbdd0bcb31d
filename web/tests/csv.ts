// A file for spreadsheets as a page hands it out, read by a reader of such files and not by the rules that wrote it.

import { spawnSync } from "node:child_process";
import type { Page } from "playwright-core";
import { expect } from "vitest";

/** Presses Export CSV and takes the file, which is to be called so. */
export async function exportedBy(page: Page, name: RegExp): Promise<Buffer> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export CSV" }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(name);
  const parts: Buffer[] = [];
  for await (const part of await download.createReadStream()) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

const reader =
  "import csv,io,json,sys;print(json.dumps(list(csv.reader(io.StringIO(sys.stdin.buffer.read().decode('utf-8-sig'),newline='')))))";

export function readCsv(file: Buffer): string[][] {
  return JSON.parse(spawnSync("python3", ["-c", reader], { input: file, encoding: "utf8" }).stdout);
}
