// CodeMirror as this page uses it: which languages it knows, its colours, its keys, and marks for problems. Everything
// that touches the library stands here and in the language; the chunk with it is loaded by this page alone.

import { autocompletion, closeBrackets, completeAnyWord, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from "@codemirror/commands";
import {
  bracketMatching,
  codeFolding,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  indentUnit,
  StreamLanguage,
  syntaxHighlighting,
} from "@codemirror/language";
import { python } from "@codemirror/legacy-modes/mode/python";
import { yaml } from "@codemirror/legacy-modes/mode/yaml";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension, RangeSetBuilder, StateEffect, StateField, type Text } from "@codemirror/state";
import {
  type Command,
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { code as t } from "../../words/generated/code";
import { foldRobot, robotFramework } from "./robot-language";

export type { EditorState, Text } from "@codemirror/state";

/** What a robot's cells are parted by: Tab sets it. */
const separator = "    ";

const colours = HighlightStyle.define([
  { tag: tags.heading, color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.comment, tags.punctuation, tags.escape], color: "var(--muted)" },
  { tag: [tags.keyword, tags.controlKeyword, tags.meta], color: "var(--busy)" },
  { tag: [tags.definition(tags.variableName), tags.className], color: "var(--text)", fontWeight: "600" },
  { tag: tags.standard(tags.variableName), color: "var(--busy)" },
  { tag: tags.variableName, color: "var(--warn)" },
  { tag: [tags.string, tags.number, tags.atom, tags.bool], color: "var(--ok)" },
]);

/** Marks of the lines with a problem. */
const setProblems = StateEffect.define<readonly number[]>();
const wrongLine = Decoration.line({ class: "wrong-line" });
const problemLines = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let now = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setProblems)) continue;
      const builder = new RangeSetBuilder<Decoration>();
      for (const n of effect.value) {
        if (n > transaction.state.doc.lines) continue;
        const { from } = transaction.state.doc.line(n);
        builder.add(from, from, wrongLine);
      }
      now = builder.finish();
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const look = EditorView.theme({
  "&": { height: "100%", fontSize: "13px", backgroundColor: "var(--bg)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px", overflow: "auto" },
  ".cm-content": { padding: "8px 0", caretColor: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": {
    backgroundColor: "var(--raised)",
    color: "var(--muted)",
    border: "none",
    borderInlineEnd: "1px solid var(--hair)",
  },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--accent) 6%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--sunken)", color: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--accent) 26%, transparent)",
  },
  ".cm-selectionMatch": { backgroundColor: "color-mix(in srgb, var(--warn) 20%, transparent)" },
  ".cm-searchMatch": { backgroundColor: "color-mix(in srgb, var(--warn) 34%, transparent)" },
  ".cm-searchMatch-selected": { outline: "1px solid var(--warn)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "color-mix(in srgb, var(--ok) 26%, transparent)" },
  ".wrong-line": {
    backgroundColor: "var(--bad-wash)",
    textDecoration: "underline wavy var(--bad)",
    textDecorationSkipInk: "none",
    textUnderlineOffset: "3px",
  },
  ".cm-foldPlaceholder": {
    padding: "0 6px",
    border: "1px solid var(--hair)",
    backgroundColor: "var(--raised)",
    color: "var(--muted)",
  },
  ".cm-foldGutter span": { cursor: "pointer" },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--text)", borderBottom: "1px solid var(--hair)" },
  ".cm-panel.cm-search": { padding: "6px 36px 6px 8px" },
  ".cm-panel.cm-search input, .cm-panel.cm-search button": { minHeight: "28px", fontSize: "13px" },
  ".cm-panel.cm-search [name=close]": { minWidth: "28px", fontSize: "18px", color: "var(--muted)" },
  ".cm-textfield": { width: "auto", border: "1px solid var(--line)", backgroundColor: "var(--bg)", color: "inherit" },
  ".cm-button": {
    border: "1px solid var(--line)",
    borderRadius: "var(--radius)",
    backgroundImage: "none",
    backgroundColor: "var(--bg)",
    color: "inherit",
  },
  ".cm-tooltip": {
    border: "1px solid var(--hair)",
    borderRadius: "var(--radius)",
    backgroundColor: "var(--bg)",
    color: "var(--text)",
    boxShadow: "var(--float)",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
});

/** Tab sets a separator where nothing is selected, and indents what is. */
const tab: Command = (view) => {
  if (view.state.selection.ranges.some((range) => !range.empty)) return indentMore(view);
  view.dispatch(view.state.replaceSelection(separator), { userEvent: "input" });
  return true;
};

export interface CodeOptions {
  /** What a screen reader calls the text. */
  label: string;
  /** The path of the file, which tells its language. */
  name: string;
  onchange: (text: Text) => void;
}

function languageOf(name: string): Extension {
  if (/\.(robot|resource)$/i.test(name)) return [robotFramework, foldRobot];
  if (/\.py$/i.test(name)) return StreamLanguage.define(python);
  return /\.ya?ml$/i.test(name) ? StreamLanguage.define(yaml) : [];
}

export function stateOf(text: string, { label, name, onchange }: CodeOptions): EditorState {
  return EditorState.create({
    doc: text,
    extensions: [
      lineNumbers(),
      foldGutter({ openText: "⌄", closedText: "›" }),
      codeFolding({ placeholderText: "…" }),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      history(),
      drawSelection(),
      bracketMatching(),
      closeBrackets(),
      highlightSelectionMatches(),
      autocompletion({ override: [completeAnyWord], icons: false }),
      search({ top: true }),
      EditorState.allowMultipleSelections.of(true),
      indentUnit.of(separator),
      EditorState.phrases.of(phrases()),
      languageOf(name),
      syntaxHighlighting(colours),
      problemLines,
      look,
      EditorView.contentAttributes.of({
        "aria-label": label,
        tabindex: "0",
        spellcheck: "false",
        autocapitalize: "off",
      }),
      keymap.of([
        ...completionKeymap,
        { key: "Tab", run: tab, shift: indentLess },
        ...searchKeymap,
        ...historyKeymap,
        ...foldKeymap,
        ...defaultKeymap,
      ]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) onchange(update.state.doc);
      }),
    ],
  });
}

export class CodeView {
  readonly #view: EditorView;

  constructor(parent: HTMLElement, state: EditorState) {
    this.#view = new EditorView({ parent, state });
  }

  get state(): EditorState {
    return this.#view.state;
  }

  show(state: EditorState): void {
    this.#view.setState(state);
  }

  mark(lines: readonly number[]): void {
    const sorted = [...new Set(lines)].filter((line) => line > 0).sort((a, b) => a - b);
    this.#view.dispatch({ effects: setProblems.of(sorted) });
  }

  /** Selects a line and brings it into sight. */
  goTo(line: number): void {
    const { doc } = this.#view.state;
    const { from, to } = doc.line(Math.max(1, Math.min(line, doc.lines)));
    this.#view.dispatch({
      selection: { anchor: from, head: to },
      effects: EditorView.scrollIntoView(from, { y: "center" }),
    });
    this.#view.focus();
  }

  /** Replaces the whole text, as one step that can be undone. */
  replace(text: string): void {
    this.#view.dispatch({ changes: { from: 0, to: this.#view.state.doc.length, insert: text } });
  }

  end(): void {
    this.#view.destroy();
  }
}

const phrases = (): Record<string, string> => ({
  Find: t.find(),
  Replace: t.replace(),
  next: t.next(),
  previous: t.previous(),
  all: t.all(),
  "match case": t.matchCase(),
  regexp: t.regexp(),
  "by word": t.byWord(),
  replace: t.replaceOne(),
  "replace all": t.replaceAll(),
  close: t.close(),
  "Control character": t.controlCharacter(),
  "Fold line": t.fold(),
  "Unfold line": t.unfold(),
  "folded code": t.folded(),
  unfold: t.unfold(),
  Completions: t.completions(),
  "current match": t.currentMatch(),
  "on line": t.onLine(),
  "Go to line": t.goToLine(),
  go: t.go(),
});
