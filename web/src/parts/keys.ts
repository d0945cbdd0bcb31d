// Single keys of a page act only outside fields, menus and dialogs, without modifiers and not while an input method
// composes. A person can switch those that type a character off.

import { session } from "../live/session.svelte";
import type { Failure } from "../wire/failure";

export const singleKeys = { on: true };

/** Counts at once, and is kept for the person on every computer of theirs; what cannot be kept is taken back. */
export async function keepSingleKeys(on: boolean): Promise<Failure | undefined> {
  singleKeys.on = on;
  const failure = await session.keep({ singleKeys: on });
  if (failure) singleKeys.on = !on;
  return failure;
}

export function isPlainKey(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (!singleKeys.on && [...event.key].length === 1) return false;
  const { target } = event;
  if (!(target instanceof Element)) return true;
  if (target.closest("input, textarea, select, [contenteditable], [role=menu]")) return false;
  return document.querySelector("dialog[open]") === null;
}

export const isMac = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "");

/** Opens the palette, also from a field, but not over a dialog. On a Mac, Ctrl+K belongs to the text. */
export function isPaletteKey(event: KeyboardEvent): boolean {
  const modified = isMac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
  if (!modified || event.altKey || event.shiftKey || event.isComposing || event.key.toLowerCase() !== "k") return false;
  return document.querySelector("dialog[open]") === null;
}
