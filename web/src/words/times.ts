// Times, durations and sizes in words. Ages are given by the server's clock, never by a computer's. Dates and numbers are
// written as the spoken language has them, in the time zone that the person chose.

import { times as t } from "./generated/times";
import { language } from "./language.svelte";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const forms = {
  clock: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  exact: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  dayMonth: { day: "numeric", month: "short" },
  dayMonthYear: { day: "numeric", month: "short", year: "numeric" },
  whole: { dateStyle: "full", timeStyle: "long" },
  date: { day: "numeric", month: "numeric", year: "numeric" },
} satisfies Record<string, Intl.DateTimeFormatOptions>;

/** Making a format is slow, writing with it is not. */
const made = new Map<string, Intl.DateTimeFormat>();

function written(form: keyof typeof forms, at: Date | number): string {
  const { locale, zone } = language;
  const key = `${form} ${locale} ${zone ?? ""}`;
  let format = made.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(locale, { ...forms[form], timeZone: zone });
    made.set(key, format);
  }
  return format.format(at);
}

/** Relative under one hour, clock time on the same day, a date otherwise. */
export function when(time: string | number, now: number): string {
  const at = new Date(time);
  const ageMs = now - at.getTime();
  if (ageMs >= 0 && ageMs < minute) return t.justNow();
  if (ageMs >= 0 && ageMs < hour) return t.minutesAgo({ n: Math.floor(ageMs / minute) });
  const date = written("date", at);
  if (date === written("date", now)) return written("clock", at);
  if (date === written("date", now - day)) return t.yesterday({ time: written("clock", at) });
  return at.getFullYear() === new Date(now).getFullYear() ? written("dayMonth", at) : written("dayMonthYear", at);
}

/** With seconds, for states that are older than they look: `10:41:07`. */
export const exact = (time: string | number): string => written("exact", new Date(time));

/** `10:41:07.120`, for lines of a log. */
export function toTheMillisecond(time: string): string {
  const at = new Date(time);
  return Number.isNaN(at.getTime()) ? "" : `${exact(time)}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

export const inFull = (time: string | number): string => written("whole", new Date(time));

export const clockOf = (time: string | number): string => written("clock", new Date(time));

/** `850 ms`, `12.3 s`, `4 min 07 s`, `2 h 05 min`. */
export function duration(ms: number): string {
  const value = Math.max(0, ms);
  if (value < 1_000) return t.ms({ n: Math.round(value) });
  if (value < minute - 50) return t.s({ n: withOnePlace(value / 1_000) });
  if (value < hour - 500) return t.minS(split(value, minute, 1_000));
  return t.hMin(split(value, hour, minute));
}

/** `1.234` or `1:02.003`: how far apart two lines of a log are. */
export function sinceMs(ms: number): string {
  const value = Math.max(0, ms);
  const seconds = ((value % minute) / 1_000).toFixed(3);
  return value < minute ? seconds : `${Math.floor(value / minute)}:${seconds.padStart(6, "0")}`;
}

/** Whole seconds under a minute: for durations that count while one looks. */
export function counting(ms: number): string {
  const value = Math.max(0, ms);
  return value < minute ? t.s({ n: Math.floor(value / 1_000) }) : duration(value);
}

export function size(bytes: number): string {
  if (bytes < 1_000) return t.bytes({ n: bytes });
  if (bytes < 1_000_000) return t.kB({ n: Math.round(bytes / 1_000) });
  return t.mB({ n: withOnePlace(bytes / 1_000_000) });
}

function withOnePlace(value: number): string {
  return value.toLocaleString(language.locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

function split(ms: number, large: number, small: number): { a: number; b: string } {
  const inSmall = Math.round(ms / small);
  const per = large / small;
  return { a: Math.floor(inSmall / per), b: String(inSmall % per).padStart(2, "0") };
}
