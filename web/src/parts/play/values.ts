// What a person typed into the fields of a play dialog, and what is sent of it. The rules are the server's own; both
// name the field. Values are never converted between types: a number is sent as a number, a text exactly as typed.

import type { Job, Parameter, PlayForm, PlayValue, Value } from "../../wire/generated";
import { play as t } from "../../words/generated/play";

/** A field holds text, a checkbox its state. */
export type Typed = Record<string, string | boolean>;
export type Errors = Record<string, string>;

const region = typeof navigator === "undefined" ? "en" : navigator.language;

/** Reads a number as people of this region write it; undefined if it is none. */
export function parseNumber(text: string, locale = region): number | undefined {
  const { decimal, group } = separators(locale);
  let plain = text.trim().replace(/[\u00a0\u202f\u2019' ]/g, "");
  const grouped = new RegExp(`^[+-]?\\d{1,3}(?:${escaped(group)}\\d{3})+(?:${escaped(decimal)}\\d*)?$`);
  if (grouped.test(plain)) plain = plain.replaceAll(group, "").replace(decimal, ".");
  else if (decimal !== "." && plain.includes(decimal)) plain = plain.replace(decimal, ".");
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return undefined;
  const value = Number(plain);
  return Number.isFinite(value) ? value : undefined;
}

/** As people of this region write it, without rounding. */
export function writeNumber(value: number, locale = region): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 15, useGrouping: false }).format(value);
}

function separators(locale: string): { decimal: string; group: string } {
  const parts = new Intl.NumberFormat(locale, { useGrouping: true }).formatToParts(-1_234_567.5);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  return { decimal: of("decimal") || ".", group: of("group").replace(/[\u00a0\u202f\u2019 ]/, "") || "," };
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** What a field shows for a value; a value that the field cannot show counts as none. */
export function shown(parameter: Parameter, value: Value | undefined): string | boolean {
  if (parameter.type === "boolean") return value === true;
  if (value === undefined || parameter.type === "secret") return "";
  if (parameter.type === "number") return typeof value === "number" ? writeNumber(value) : "";
  return String(value);
}

export function defaultsOf(parameters: readonly Parameter[]): Typed {
  return Object.fromEntries(parameters.map((parameter) => [parameter.name, shown(parameter, parameter.default)]));
}

/** Fields filled with earlier values. A choice that has vanished falls back to its default and is named. */
export function filledWith(
  parameters: readonly Parameter[],
  values: ReadonlyMap<string, Value>,
): { typed: Typed; vanished: Parameter[] } {
  const typed = defaultsOf(parameters);
  const vanished: Parameter[] = [];
  for (const parameter of parameters) {
    const value = values.get(parameter.name);
    if (value === undefined || parameter.type === "secret") continue;
    if (parameter.type === "choice" && !parameter.choices?.some((choice) => choice.value === value)) {
      vanished.push(parameter);
    } else typed[parameter.name] = shown(parameter, value);
  }
  return { typed, vanished };
}

export function lastValues(form: PlayForm): Map<string, Value> {
  return valuesOf({ parameters: form.lastValues });
}

export function valuesOf(job: Pick<Job, "parameters">): Map<string, Value> {
  const values = new Map<string, Value>();
  for (const { name, value } of job.parameters ?? []) if (value !== undefined) values.set(name, value);
  return values;
}

type Read = { value: Value } | { absent: true } | { error: string };

/** One field: its value, nothing to send, or what is wrong with it. */
export function read(parameter: Parameter, typed: string | boolean | undefined): Read {
  if (parameter.type === "boolean") return { value: typed === true };
  const text = typeof typed === "string" ? typed : "";
  if (text === "") {
    if (parameter.type === "text" && parameter.default !== undefined && !parameter.required) return { value: "" };
    return parameter.required || parameter.default !== undefined ? { error: t.required() } : { absent: true };
  }
  switch (parameter.type) {
    case "number":
      return readNumber(parameter, text);
    case "date":
      return isDate(text) ? { value: text } : { error: t.notDate() };
    case "choice":
      return parameter.choices?.some((choice) => choice.value === text) ? { value: text } : { error: t.notChoice() };
    case "text":
    case "secret":
      return readText(parameter, text);
    case "file":
      return { error: t.noFiles() };
  }
}

function readNumber(parameter: Parameter, text: string): Read {
  const value = parseNumber(text);
  if (value === undefined) return { error: t.notNumber({ text }) };
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) return { error: t.tooBig() };
  if (parameter.whole && !Number.isInteger(value)) return { error: t.notWhole() };
  if (parameter.min !== undefined && value < parameter.min)
    return { error: t.atLeast({ n: writeNumber(parameter.min) }) };
  if (parameter.max !== undefined && value > parameter.max)
    return { error: t.atMost({ n: writeNumber(parameter.max) }) };
  return { value };
}

function readText(parameter: Parameter, text: string): Read {
  if (parameter.type === "text" && parameter.pattern !== undefined) {
    try {
      if (!new RegExp(`^(?:${parameter.pattern})$`, "u").test(text)) return { error: t.pattern() };
    } catch {
      // A pattern that this browser cannot read is judged by the server alone.
    }
  }
  return { value: text };
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** All fields: what to send, and what is wrong. */
export function readAll(parameters: readonly Parameter[], typed: Typed): { values: PlayValue[]; errors: Errors } {
  const values: PlayValue[] = [];
  const errors: Errors = {};
  for (const parameter of parameters) {
    const result = read(parameter, typed[parameter.name]);
    if ("error" in result) errors[parameter.name] = result.error;
    else if ("value" in result) values.push({ name: parameter.name, value: result.value });
  }
  return { values, errors };
}

/** The server's refusal, put where it belongs: by the parameter's name, or by a path such as `parameters[0].value`. */
export function errorsOf(
  fields: readonly { name: string; message: string }[],
  parameters: readonly Parameter[],
  sent: readonly PlayValue[],
): { errors: Errors; rest: string[] } {
  const errors: Errors = {};
  const rest: string[] = [];
  for (const { name, message } of fields) {
    const index = /^parameters\[(\d+)\]/.exec(name)?.[1];
    const owner = index === undefined ? name : sent[Number(index)]?.name;
    if (owner !== undefined && parameters.some((parameter) => parameter.name === owner)) errors[owner] = message;
    else rest.push(message);
  }
  return { errors, rest };
}

/** Made in the browser when the dialog opens; the same one goes with every try. */
export function newRequestId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
