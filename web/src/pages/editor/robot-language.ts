// How Robot Framework is coloured, folded and indented. A mode that reads line by line, as the files are written:
// sections, then rows of cells that are parted by two spaces or a tab. It colours; what is wrong with a file only the
// server says.

import { foldService, StreamLanguage, type StringStream } from "@codemirror/language";

type Section = "settings" | "variables" | "bodies" | "comments";

interface State {
  section: Section;
}

const control =
  /^(FOR|END|IN|IN RANGE|IN ENUMERATE|IN ZIP|WHILE|IF|ELSE IF|ELSE|TRY|EXCEPT|FINALLY|RETURN|BREAK|CONTINUE|VAR|GROUP|AND)$/;
const heading = /^\*+\s*([\p{L} ]+?)\s*\**\s*$/u;
const separator = /^(\s{2,}|\s*\t\s*|\s+$|\s*\|\s+)/;
/** The text of a cell up to its end, to a variable in it or to an escape. */
const plain = /^.+?(?=\s{2}|\t|\s*$|\s\|\s|[$@&%]\{|\\)/;

function sectionOf(line: string): Section {
  const name = heading.exec(line)?.[1]?.toLowerCase().replace(/s$/, "");
  if (name === "setting") return "settings";
  if (name === "variable") return "variables";
  return name === "comment" ? "comments" : "bodies";
}

export const robotFramework = StreamLanguage.define<State>({
  name: "robot",
  // What stands before the first section is a comment to Robot Framework too.
  startState: () => ({ section: "comments" }),
  languageData: { commentTokens: { line: "#" }, wordChars: "_" },
  token(stream, state) {
    if (stream.sol()) {
      if (stream.peek() === "*") {
        state.section = sectionOf(stream.string);
        stream.skipToEnd();
        return "heading";
      }
    }
    if (state.section === "comments") {
      stream.skipToEnd();
      return "comment";
    }
    if (stream.match(separator)) return null;
    return cell(stream, state);
  },
});

function cell(stream: StringStream, state: State): string | null {
  const starts = /(^|\s{2}|\t|\|\s)$/.test(stream.string.slice(0, stream.pos));
  const first = stream.pos === 0;
  if (starts && stream.match(/^#.*/)) return "comment";
  if (starts && stream.match(/^\.\.\.(?=\s|$)/)) return "punctuation";
  if (stream.match(/^[$@&%](?=\{)/)) {
    variable(stream);
    return "variable";
  }
  if (stream.match(/^\\.?/)) return "escape";
  const text = plain.exec(stream.string.slice(stream.pos))?.[0] ?? stream.string.slice(stream.pos);
  stream.pos += text.length;
  if (!starts) return null;
  if (state.section === "settings") return first ? "keyword" : null;
  if (state.section === "variables") return first ? "variable" : null;
  if (first) return "def";
  if (/^\[.+\]$/.test(text)) return "meta";
  return control.test(text) ? "controlKeyword" : null;
}

/** Inside `${…}`, which may hold others, up to its end in this line. */
function variable(stream: StringStream): void {
  let depth = 0;
  while (!stream.eol()) {
    const character = stream.next();
    if (character === "\\") stream.next();
    else if (character === "{") depth += 1;
    else if (character === "}") {
      depth -= 1;
      if (depth <= 0) return;
    }
  }
}

/** A section folds to the next one, a task or keyword to the next name in the first column. */
export const foldRobot = foldService.of((state, from) => {
  const first = state.doc.lineAt(from);
  const isSection = first.text.startsWith("*");
  if (!isSection && !/^[^\s#$@&%]/.test(first.text)) return null;
  let last = first.number;
  let end = first.to;
  for (let n = first.number + 1; n <= state.doc.lines; n += 1) {
    const line = state.doc.line(n);
    if (line.text.startsWith("*") || (!isSection && /^\S/.test(line.text))) break;
    if (line.text.trim() !== "") {
      last = n;
      end = line.to;
    }
  }
  return last > first.number ? { from: first.to, to: end } : null;
});
