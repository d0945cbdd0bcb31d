// Single keys of a page act only outside fields, menus and dialogs, without modifiers and not while an input method
// composes. A person can switch those that type a character off.

export const singleKeys = { on: true };

export function isPlainKey(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (!singleKeys.on && [...event.key].length === 1) return false;
  const { target } = event;
  if (!(target instanceof Element)) return true;
  if (target.closest("input, textarea, select, [contenteditable], [role=menu]")) return false;
  return document.querySelector("dialog[open]") === null;
}
