// Which jobs ended while somebody looked elsewhere. A page hears jobs, not endings: a job that it knew as open and hears
// ended, or that ended after the page began to listen, has ended just now. Plain, without browser and network.

/** What of a job matters here; one without `endedAt` is open. */
export interface Heard {
  id: string;
  status: string;
  endedAt?: string;
  /** What it reported after the server had ended it. */
  late?: unknown;
}

const most = 500;

export class Endings {
  readonly #open: Set<string>;
  readonly #ended = new Set<string>();

  /** `openBefore`: jobs that an earlier page of this browser knew as open. */
  constructor(openBefore: readonly string[] = []) {
    this.#open = new Set(openBefore);
  }

  get open(): string[] {
    return [...this.#open];
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Whether the job has ended just now; each is told once. `since`: from when this page heard everything. */
  hear(job: Heard, since: number): boolean {
    if (job.endedAt === undefined) {
      if (!this.#ended.has(job.id)) this.#open.add(job.id);
      forgetOldest(this.#open);
      return false;
    }
    const now = this.#open.delete(job.id) || (job.late === undefined && Date.parse(job.endedAt) >= since);
    if (!now || this.#ended.has(job.id)) return false;
    this.#ended.add(job.id);
    forgetOldest(this.#ended);
    return true;
  }

  /** Jobs that were open and are not in a list of all open ones: what became of them must be asked. */
  missingFrom(openNow: readonly { id: string }[]): string[] {
    const still = new Set(openNow.map(({ id }) => id));
    return this.open.filter((id) => !still.has(id));
  }

  /** It is nobody's to ask for any more. */
  forget(id: string): void {
    this.#open.delete(id);
  }
}

/** A job that ended and that nobody has looked at. */
export interface Ending {
  id: string;
  failed: boolean;
}

/** What all pages of one person in one browser share. */
export interface Shelf {
  open: string[];
  unseen: Ending[];
  /** Looked at, newest last: another page that hears of such a job a moment later does not count it again. */
  seen: string[];
}

export const emptyShelf: Shelf = { open: [], unseen: [], seen: [] };

export function ended(shelf: Shelf, job: Heard): Shelf {
  if (shelf.seen.includes(job.id) || shelf.unseen.some(({ id }) => id === job.id)) return shelf;
  return { ...shelf, unseen: [...shelf.unseen, { id: job.id, failed: job.status === "failed" }].slice(-most) };
}

export function lookedAt(shelf: Shelf, ids: readonly string[]): Shelf {
  const fresh = ids.filter((id) => !shelf.seen.includes(id));
  if (fresh.length === 0) return shelf;
  return {
    ...shelf,
    unseen: shelf.unseen.filter(({ id }) => !fresh.includes(id)),
    seen: [...shelf.seen, ...fresh].slice(-most),
  };
}

/** Reads what another page, or another version of the page, wrote down. */
export function shelfOf(text: string | null): Shelf {
  if (text === null) return emptyShelf;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return emptyShelf;
    const list = (name: string): unknown[] => {
      const found: unknown = Reflect.get(value, name);
      return Array.isArray(found) ? found : [];
    };
    return {
      open: list("open").filter(isText),
      unseen: list("unseen").filter(isEnding),
      seen: list("seen").filter(isText),
    };
  } catch {
    return emptyShelf;
  }
}

const isText = (value: unknown): value is string => typeof value === "string";

function isEnding(value: unknown): value is Ending {
  return (
    typeof value === "object" &&
    value !== null &&
    "id" in value &&
    typeof value.id === "string" &&
    "failed" in value &&
    typeof value.failed === "boolean"
  );
}

function forgetOldest(ids: Set<string>): void {
  for (const id of ids) {
    if (ids.size <= most) return;
    ids.delete(id);
  }
}
