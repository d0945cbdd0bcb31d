// A line of a robot's output as pieces that can be shown: colours of terminals as classes, addresses as links, control
// and direction marks made visible. Everything stays text; nothing here makes HTML.

export interface Piece {
  text: string;
  /** A class of log.css: a colour, `bold`, or `control`. */
  style?: string;
  href?: string;
}

const colours = ["muted", "bad", "ok", "warn", "busy", "busy", "busy", "text"];
const colourCode = /\u001b\[([0-9;]*)m/g;
const address = /https?:\/\/[^\s<>"'`\u0000-\u001f]+[^\s<>"'`.,;:!?)\]}\u0000-\u001f]/g;
/** Control characters, and marks that turn the direction of what follows. */
const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** What makes a text more than one plain piece. */
const special = new RegExp(`${hidden.source}|https?://`);

/** Nothing to colour, to link or to make visible: most lines. */
export const isPlain = (text: string): boolean => !special.test(text);

export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let style: string | undefined;
  let last = 0;
  for (const match of text.matchAll(colourCode)) {
    linked(text.slice(last, match.index), style, pieces);
    style = styleAfter(match[1] ?? "", style);
    last = match.index + match[0].length;
  }
  linked(text.slice(last), style, pieces);
  return pieces;
}

/** What means no good made visible, without colours and links: for names and values. */
export const visibleText = (text: string): string =>
  piecesOf(text)
    .map((piece) => piece.text)
    .join("");

/** The first line, cut for a row that never wraps. */
export function firstLine(text: string, longest = 1_000): string {
  const end = text.search(/[\r\n]/);
  const line = end < 0 ? text : text.slice(0, end);
  const cut = line.length > longest ? line.slice(0, longest) : line;
  return cut.length < text.length ? `${cut}…` : cut;
}

/** Marks that turn the direction of what follows, up to the end of the sentence around them. */
const turning = /[\u202a-\u202e\u2066-\u2069\u200e\u200f]/;

/** A name in a sentence: what it does to the direction of writing ends with it. */
export const isolated = (name: string): string => (turning.test(name) ? `\u2068${name}\u2069` : name);

function styleAfter(codes: string, before: string | undefined): string | undefined {
  let style = before;
  for (const code of codes.split(";").map(Number)) {
    if (code === 0 || code === 39) style = undefined;
    else if (code === 1) style ??= "bold";
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) style = colours[code % 10];
  }
  return style;
}

function linked(text: string, style: string | undefined, pieces: Piece[]): void {
  let last = 0;
  for (const match of text.matchAll(address)) {
    visible(text.slice(last, match.index), style, pieces);
    pieces.push({ text: match[0], style, href: match[0] });
    last = match.index + match[0].length;
  }
  visible(text.slice(last), style, pieces);
}

function visible(text: string, style: string | undefined, pieces: Piece[]): void {
  let last = 0;
  for (const match of text.matchAll(hidden)) {
    if (match.index > last) pieces.push({ text: text.slice(last, match.index), style });
    pieces.push({ text: pictureOf(match[0].charCodeAt(0)), style: "control" });
    last = match.index + 1;
  }
  if (last < text.length) pieces.push({ text: text.slice(last), style });
}

function pictureOf(code: number): string {
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return "␡";
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}
