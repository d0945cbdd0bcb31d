// What the page holds of a list of the server's: a snapshot by REST and whole objects by push, in any order.
// Of two objects with one id the one with the higher `rev` counts, then the later `asOf`. What a push removed, or
// brought while a snapshot was on its way, the snapshot does not undo.

export interface Revised {
  id: string;
  rev: number;
  asOf?: string;
  deleted?: boolean;
}

export function isNewer(arriving: Revised, held: Revised | undefined): boolean {
  if (!held) return true;
  if (arriving.rev !== held.rev) return arriving.rev > held.rev;
  return (arriving.asOf ?? "") >= (held.asOf ?? "");
}

export class Held<T extends Revised> {
  readonly #items = new Map<string, T>();
  readonly #gone = new Map<string, number>();
  #touched = new Set<string>();

  /** Takes one pushed or answered object; false if it is older than what is held. */
  adopt(item: T): boolean {
    const goneAt = this.#gone.get(item.id);
    if (goneAt !== undefined && item.rev <= goneAt) return false;
    if (!isNewer(item, this.#items.get(item.id))) return false;
    this.#touched.add(item.id);
    if (item.deleted) {
      this.#gone.set(item.id, item.rev);
      this.#items.delete(item.id);
    } else this.#items.set(item.id, item);
    return true;
  }

  /** Called before a snapshot is asked for. */
  begin(): void {
    this.#touched = new Set();
  }

  /** Takes the snapshot: what it does not name is gone, unless pushed meanwhile or kept by `keep`. */
  finish(items: readonly T[], keep: (item: T) => boolean = () => false): void {
    const named = new Set(items.map((item) => item.id));
    for (const [id, item] of this.#items) {
      if (!named.has(id) && !this.#touched.has(id) && !keep(item)) this.#items.delete(id);
    }
    for (const item of items) {
      const goneAt = this.#gone.get(item.id);
      if (goneAt !== undefined && item.rev <= goneAt) continue;
      const held = this.#items.get(item.id);
      // What was pushed meanwhile yields only to what is surely newer: a snapshot of one rev may be the older look.
      const yields = held && this.#touched.has(item.id) ? !isNewer(held, item) : isNewer(item, held);
      if (yields) this.#items.set(item.id, item);
    }
  }

  get(id: string): T | undefined {
    return this.#items.get(id);
  }

  remove(id: string): void {
    this.#items.delete(id);
  }

  get size(): number {
    return this.#items.size;
  }

  all(): T[] {
    return [...this.#items.values()];
  }
}
