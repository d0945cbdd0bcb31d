// Finding robots by words: all of them, in any order, in name, description and labels; case and accents do not matter.

import type { Robot } from "../../wire/generated";

export interface Mark {
  text: string;
  hit: boolean;
}

/** Lower case without accents, with the place of each character in the original. */
function folded(text: string): { plain: string; places: number[] } {
  let plain = "";
  const places: number[] = [];
  let at = 0;
  for (const character of text) {
    const bare = character.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    for (let index = 0; index < bare.length; index += 1) places.push(at);
    plain += bare;
    at += character.length;
  }
  places.push(text.length);
  return { plain, places };
}

/** Folded once for each state of a robot: a key searches thousands of them. */
const held = new WeakMap<Robot, string>();

function textOf(robot: Robot): string {
  const known = held.get(robot);
  if (known !== undefined) return known;
  const { plain } = folded([robot.name, robot.description, ...robot.labels].join(" "));
  held.set(robot, plain);
  return plain;
}

export const wordsOf = (query: string): string[] => folded(query).plain.split(/\s+/).filter(Boolean);

export function matches(robot: Robot, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const text = textOf(robot);
  return words.every((word) => text.includes(word));
}

/** The text in pieces, those that matched marked. */
export function marked(text: string, words: readonly string[]): Mark[] {
  const { plain, places } = folded(text);
  const hit = new Array<boolean>(text.length).fill(false);
  for (const word of words) {
    for (let at = plain.indexOf(word); at >= 0; at = plain.indexOf(word, at + 1)) {
      hit.fill(true, places[at], places[at + word.length]);
    }
  }
  const marks: Mark[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const last = marks[marks.length - 1];
    const is = hit[at] ?? false;
    if (last && last.hit === is) last.text += text[at];
    else marks.push({ text: text[at] ?? "", hit: is });
  }
  return marks;
}

export type Sort = "usual" | "name" | "last";

/** Favourites, then last played, then name; or by the head of a column. */
export function sorted(robots: readonly Robot[], by: Sort, lastPlayed: (robot: Robot) => string): Robot[] {
  const byName = (a: Robot, b: Robot) => a.name.localeCompare(b.name);
  const byLast = (a: Robot, b: Robot) => lastPlayed(b).localeCompare(lastPlayed(a)) || byName(a, b);
  return [...robots].sort((a, b) => {
    if (by === "name") return byName(a, b);
    if (by === "last") return byLast(a, b);
    return Number(b.favourite ?? false) - Number(a.favourite ?? false) || byLast(a, b);
  });
}
