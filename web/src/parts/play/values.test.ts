import { describe, expect, test } from "vitest";
import type { Parameter } from "../../wire/generated";
import { defaultsOf, errorsOf, filledWith, parseNumber, read, readAll } from "./values";

const of = (type: Parameter["type"], more: Partial<Parameter> = {}): Parameter => ({
  name: "P",
  type,
  required: false,
  choices: [],
  ...more,
});

describe("numbers", () => {
  test("are read as their region writes them", () => {
    expect(parseNumber("1.500,00", "de")).toBe(1500);
    expect(parseNumber("1,5", "de")).toBe(1.5);
    expect(parseNumber("1.5", "de")).toBe(1.5);
    expect(parseNumber("1,500.00", "en")).toBe(1500);
    expect(parseNumber("1.5", "en")).toBe(1.5);
    expect(parseNumber("1 500,25", "fr")).toBe(1500.25);
    expect(parseNumber("-0.5", "en")).toBe(-0.5);
  });

  test("that are none are refused", () => {
    for (const text of ["ten", "1.2.3", "--1", "1,2,3", "0x10", "1e999", ""]) {
      expect(parseNumber(text, "en")).toBeUndefined();
    }
  });

  test("keep their bounds", () => {
    const parameter = of("number", { min: 0, max: 9, whole: true });
    expect(read(parameter, "9")).toEqual({ value: 9 });
    for (const wrong of ["-1", "10", "1.5", "x"]) expect(read(parameter, wrong)).toHaveProperty("error");
    expect(read(of("number"), "9007199254740993")).toHaveProperty("error");
  });
});

describe("values", () => {
  test("of a text are sent exactly as typed", () => {
    expect(read(of("text"), "  007 ")).toEqual({ value: "  007 " });
  });

  test("that are empty are absent, empty text, or asked for", () => {
    expect(read(of("text"), "")).toEqual({ absent: true });
    expect(read(of("text", { default: "x" }), "")).toEqual({ value: "" });
    expect(read(of("text", { required: true }), "")).toHaveProperty("error");
    expect(read(of("number", { default: 5 }), "")).toHaveProperty("error");
    expect(read(of("boolean", { required: true }), undefined)).toEqual({ value: false });
  });

  test("of a date are real days", () => {
    expect(read(of("date"), "2026-11-30")).toEqual({ value: "2026-11-30" });
    expect(read(of("date"), "2026-02-30")).toHaveProperty("error");
  });

  test("of a choice are one of them", () => {
    const parameter = of("choice", { choices: [{ value: "a" }, { value: "b" }], default: "a" });
    expect(read(parameter, "b")).toEqual({ value: "b" });
    expect(read(parameter, "c")).toHaveProperty("error");
  });

  test("a vanished choice falls back and is named, a secret is never filled in", () => {
    const parameters = [
      of("choice", { choices: [{ value: "a" }], default: "a" }),
      of("secret", { name: "S" }),
      of("text", { name: "T" }),
    ];
    const { typed, vanished } = filledWith(
      parameters,
      new Map([
        ["P", "gone"],
        ["S", "never"],
        ["T", "kept"],
      ]),
    );
    expect(typed).toEqual({ P: "a", S: "", T: "kept" });
    expect(vanished.map(({ name }) => name)).toEqual(["P"]);
  });

  test("are sent by name, wrong ones are named", () => {
    const parameters = [
      of("text", { name: "A", required: true }),
      of("boolean", { name: "B" }),
      of("number", { name: "C" }),
    ];
    expect(readAll(parameters, { ...defaultsOf(parameters), C: "2" })).toEqual({
      values: [
        { name: "B", value: false },
        { name: "C", value: 2 },
      ],
      errors: { A: expect.any(String) },
    });
  });

  test("the server's refusal lands at its field, by name or by path", () => {
    const parameters = [of("text", { name: "A" }), of("text", { name: "B" })];
    expect(
      errorsOf(
        [
          { name: "A", message: "one" },
          { name: "parameters[0].value", message: "two" },
          { name: "", message: "three" },
        ],
        parameters,
        [{ name: "B", value: "" }],
      ),
    ).toEqual({ errors: { A: "one", B: "two" }, rest: ["three"] });
  });
});
