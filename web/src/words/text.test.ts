import { expect, test } from "vitest";
import { firstLine, isolated, isPlain, piecesOf } from "./text";

const plain = (text: string) =>
  piecesOf(text)
    .map((piece) => piece.text)
    .join("");

test("markup stays text", () => {
  expect(plain("<img src=x onerror=alert(1)>")).toBe("<img src=x onerror=alert(1)>");
});

test("control and direction marks are made visible", () => {
  expect(plain("a\u0000b\u001bc\u202ed\u007f")).toBe("a␀b␛c⟨U+202E⟩d␡");
  expect(piecesOf("\u0007")[0]).toEqual({ text: "␇", style: "control" });
  expect(plain("tab\tand\nline")).toBe("tab\tand\nline");
});

test("colours of terminals become classes and end", () => {
  expect(piecesOf("\u001b[31mred\u001b[0m plain")).toEqual([
    { text: "red", style: "bad" },
    { text: " plain", style: undefined },
  ]);
});

test("an address is a link without the mark that ends the sentence", () => {
  expect(piecesOf("see https://a.example/x?y=1.")).toEqual([
    { text: "see ", style: undefined },
    { text: "https://a.example/x?y=1", style: undefined, href: "https://a.example/x?y=1" },
    { text: ".", style: undefined },
  ]);
  expect(piecesOf("javascript:alert(1)").some((piece) => piece.href)).toBe(false);
});

test("a row is cut, the whole text is not", () => {
  expect(firstLine("a\nb")).toBe("a…");
  expect(firstLine("x".repeat(1_000_000)).length).toBe(1_001);
  expect(firstLine("short")).toBe("short");
});

test("a name that turns the direction of writing does so within itself alone", () => {
  expect(isolated("Payroll")).toBe("Payroll");
  expect(isolated("\u202Eevil")).toBe("\u2068\u202Eevil\u2069");
});

test("a line is plain exactly if it is one piece without colour and link", () => {
  for (const text of [
    "plain",
    "tab\tand\nline",
    "http:",
    "a\u001b[31mb",
    "x\u0000",
    "see https://a.example/x",
    "\ufeff",
  ]) {
    const [first, ...others] = piecesOf(text);
    expect(isPlain(text)).toBe(others.length === 0 && first?.style === undefined && first?.href === undefined);
  }
});
