// The jobs of a person that ended and that nobody has looked at, the same in all pages of one browser: what one page
// counts or looks at, the others hear of. Kept in the browser, so that a reload shows the same.

import { emptyShelf, ended, type Heard, lookedAt, type Shelf, shelfOf } from "./endings";

class Unseen {
  #shelf: Shelf = $state.raw(emptyShelf);
  #key: string | undefined;
  readonly #read = (event: StorageEvent): void => {
    if (event.key === this.#key) this.#shelf = shelfOf(event.newValue);
  };

  get count(): number {
    return this.#shelf.unseen.length;
  }

  get failed(): boolean {
    return this.#shelf.unseen.some(({ failed }) => failed);
  }

  /** Jobs that the last page knew as open. */
  get open(): readonly string[] {
    return this.#shelf.open;
  }

  has(id: string): boolean {
    return this.#shelf.unseen.some((ending) => ending.id === id);
  }

  begin(userId: string): void {
    this.#key = `endings ${userId}`;
    this.#shelf = this.#kept();
    addEventListener("storage", this.#read);
  }

  end(): void {
    removeEventListener("storage", this.#read);
    this.#key = undefined;
    this.#shelf = emptyShelf;
  }

  add(job: Heard): void {
    this.#change((shelf) => ended(shelf, job));
  }

  look(ids: readonly string[]): void {
    if (ids.length > 0) this.#change((shelf) => lookedAt(shelf, ids));
  }

  keepOpen(open: string[]): void {
    this.#change((shelf) => (shelf.open.join() === open.join() ? shelf : { ...shelf, open }));
  }

  #change(by: (shelf: Shelf) => Shelf): void {
    if (this.#key === undefined) return;
    // What another page wrote a moment ago may not have been told here yet.
    const before = this.#kept();
    const after = by(before);
    this.#shelf = after;
    if (after === before) return;
    try {
      localStorage.setItem(this.#key, JSON.stringify(after));
    } catch {
      // Without storage each page counts for itself.
    }
  }

  #kept(): Shelf {
    try {
      return shelfOf(localStorage.getItem(this.#key ?? ""));
    } catch {
      return this.#shelf;
    }
  }
}

export const unseen = new Unseen();
