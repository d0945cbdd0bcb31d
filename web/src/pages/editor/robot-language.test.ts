import { foldable, syntaxTree } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { expect, test } from "vitest";
import { foldRobot, robotFramework } from "./robot-language";

const text = `Written by Anna
*** Settings ***
Library    Browser    # for SAP
*** Variables ***
\${NAME: str}    World of \${OTHER\${DEEP}}
*** Tasks ***
Pay all invoices
    [Tags]    money
    \${rows} =    Read Rows    C:\\\\data
    FOR    \${row}    IN    @{rows}
        Log    Hello # no comment    level=INFO
    ...    console=True
    END

Other task
    No Operation
`;

const state = EditorState.create({ doc: text, extensions: [robotFramework, foldRobot] });

function tokens(): string[] {
  const found: string[] = [];
  syntaxTree(state).iterate({
    enter(node) {
      if (node.from < node.to && !node.node.firstChild && node.name !== "Document") {
        found.push(`${node.name}: ${state.sliceDoc(node.from, node.to)}`);
      }
    },
  });
  return found;
}

test("sections, names, settings, variables, comments and control words are told apart", () => {
  expect(tokens()).toMatchInlineSnapshot(`
    [
      "comment: Written by Anna",
      "heading: *** Settings ***",
      "keyword: Library",
      "comment: # for SAP",
      "heading: *** Variables ***",
      "variableName: \${NAME: str}",
      "variableName: \${OTHER\${DEEP}}",
      "heading: *** Tasks ***",
      "variableName.definition: Pay all invoices",
      "meta: [Tags]",
      "variableName: \${rows}",
      "escape: \\\\",
      "controlKeyword: FOR",
      "variableName: \${row}",
      "controlKeyword: IN",
      "variableName: @{rows}",
      "punctuation: ...",
      "controlKeyword: END",
      "variableName.definition: Other task",
    ]
  `);
});

test("a section folds to the next, a task to the next name", () => {
  const fold = (line: number) => {
    const { from, to } = state.doc.line(line);
    const range = foldable(state, from, to);
    return range ? state.doc.lineAt(range.to).number : undefined;
  };
  expect(fold(6)).toBe(16);
  expect(fold(7)).toBe(13);
  expect(fold(8)).toBeUndefined();
  expect(fold(2)).toBe(3);
});
