// Older and newer pages of a list whose addresses name the page by where it begins: the way back is remembered while the
// list is looked at; somebody who came by a link goes back to the newest.

export class Turning {
  #newer: (string | undefined)[] = $state.raw([]);

  /** Whether the page before is known. */
  get known(): boolean {
    return this.#newer.length > 0;
  }

  /** On to an older page, from the one that begins there. */
  leaves(cursor: string | undefined): void {
    this.#newer = [...this.#newer, cursor];
  }

  /** Where the page before begins; the newest begins nowhere. */
  back(): string | undefined {
    const cursor = this.#newer.at(-1);
    this.#newer = this.#newer.slice(0, -1);
    return cursor;
  }

  /** Another list. */
  forget(): void {
    this.#newer = [];
  }
}
