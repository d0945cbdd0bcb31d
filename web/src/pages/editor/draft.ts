// What was typed and not saved, kept in this browser for a week: a page that crashes loses nothing. Texts only; a file
// that is no text was chosen from this computer and can be chosen again.

export interface Draft {
  at: number;
  basedOn: number;
  /** Changed and new texts by the path of their file. */
  texts: Record<string, string>;
  removed: string[];
}

const keptMs = 7 * 24 * 60 * 60_000;
const prefix = "editor-draft ";

export type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

export class Drafts {
  readonly #key: string;

  constructor(
    userId: string,
    robotId: string,
    readonly shelf: () => Shelf,
  ) {
    this.#key = `${prefix}${userId} ${robotId}`;
  }

  /** The draft, if there is one that is not too old. Older ones of any robot are thrown away. */
  read(now: number): Draft | undefined {
    try {
      const shelf = this.shelf();
      const keys = Array.from({ length: shelf.length }, (_, index) => shelf.key(index) ?? "");
      for (const key of keys.filter((key) => key.startsWith(prefix))) {
        const draft = parsed(shelf.getItem(key));
        if (!draft || now - draft.at > keptMs) shelf.removeItem(key);
      }
      return parsed(shelf.getItem(this.#key));
    } catch {
      return undefined;
    }
  }

  /** False: this browser keeps nothing, or has no room for it. */
  keep(draft: Draft): boolean {
    try {
      this.shelf().setItem(this.#key, JSON.stringify(draft));
      return true;
    } catch {
      return false;
    }
  }

  forget(): void {
    try {
      this.shelf().removeItem(this.#key);
    } catch {
      // Without storage there was no draft.
    }
  }
}

function parsed(text: string | null): Draft | undefined {
  if (text === null) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isDraft(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== "object" || value === null) return false;
  return (
    "at" in value &&
    typeof value.at === "number" &&
    "basedOn" in value &&
    typeof value.basedOn === "number" &&
    "texts" in value &&
    typeof value.texts === "object" &&
    value.texts !== null &&
    Object.values(value.texts).every((one) => typeof one === "string") &&
    "removed" in value &&
    Array.isArray(value.removed)
  );
}
