// Single keys of a page act only outside fields, menus and dialogs, without modifiers and not while an input method
// composes.

export function isPlainKey(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return false;
  const { target } = event;
  if (!(target instanceof Element)) return true;
  if (target.closest("input, textarea, select, [contenteditable], [role=menu]")) return false;
  return document.querySelector("dialog[open]") === null;
}
