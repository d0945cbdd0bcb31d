// Which entries of the palette fit what was typed, and in which order: every word typed must begin, stand in, or be
// scattered through the entry; the better it fits the higher, and of equals the one that was used last.

export interface Entry {
  id: string;
  text: string;
  /** Small, behind the text; searched too. */
  detail?: string;
}

interface Folded {
  words: string[];
  whole: string;
}

export const fold = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

const held = new WeakMap<Entry, Folded>();

function foldedOf(entry: Entry): Folded {
  const known = held.get(entry);
  if (known) return known;
  const whole = fold(entry.detail ? `${entry.text} ${entry.detail}` : entry.text);
  const folded = { whole, words: whole.split(/[\s_./-]+/) };
  held.set(entry, folded);
  return folded;
}

/** How well one word fits; 0: not at all. */
function fits(entry: Folded, word: string): number {
  if (entry.words.includes(word)) return 4;
  if (entry.words.some((one) => one.startsWith(word))) return 3;
  if (entry.whole.includes(word)) return 2;
  return word.length > 1 && entry.words.some((one) => scattered(one, word)) ? 1 : 0;
}

/** All letters of the word in their order, the first one first: "pyrl" in "payroll". */
function scattered(text: string, word: string): boolean {
  if (text[0] !== word[0]) return false;
  let at = 0;
  for (const letter of text) {
    if (letter === word[at]) at += 1;
    if (at === word.length) return true;
  }
  return false;
}

/** At most `most` entries. Without a word: those used last, then the rest in their order. */
export function ranked<T extends Entry>(
  entries: readonly T[],
  typed: string,
  used: readonly string[],
  most: number,
): T[] {
  const words = fold(typed).split(/\s+/).filter(Boolean);
  const recency = new Map(used.map((id, index) => [id, used.length - index]));
  const found: { entry: T; score: number }[] = [];
  for (const entry of entries) {
    const folded = foldedOf(entry);
    let score = 0;
    for (const word of words) {
      const fit = fits(folded, word);
      if (fit === 0) {
        score = -1;
        break;
      }
      score += fit * 1_000;
    }
    if (score >= 0) found.push({ entry, score: score + (recency.get(entry.id) ?? 0) });
  }
  return found
    .sort((a, b) => b.score - a.score)
    .slice(0, most)
    .map(({ entry }) => entry);
}

const kept = 30;

/** The entries used last, newest first, in this browser. */
export class Used {
  readonly #key: string;

  constructor(
    userId: string,
    readonly shelf: () => Pick<Storage, "getItem" | "setItem">,
  ) {
    this.#key = `palette ${userId}`;
  }

  read(): string[] {
    try {
      const value: unknown = JSON.parse(this.shelf().getItem(this.#key) ?? "[]");
      return Array.isArray(value) ? value.filter((id) => typeof id === "string") : [];
    } catch {
      return [];
    }
  }

  add(id: string): void {
    try {
      const ids = [id, ...this.read().filter((other) => other !== id)].slice(0, kept);
      this.shelf().setItem(this.#key, JSON.stringify(ids));
    } catch {
      // A browser that keeps nothing forgets what was used.
    }
  }
}
