// Times, durations and sizes in words. Ages are given by the server's clock, never by a computer's.

import { times as t } from "./generated/times";

/** Dates as English has them in the person's region: the words around them are English. */
const region = globalThis.navigator?.language ?? "en-GB";
const english = region.startsWith("en") ? region : "en-GB";
const clockTime = new Intl.DateTimeFormat(english, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const exactTime = new Intl.DateTimeFormat(english, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const dayMonth = new Intl.DateTimeFormat(english, { day: "numeric", month: "short" });
const dayMonthYear = new Intl.DateTimeFormat(english, { day: "numeric", month: "short", year: "numeric" });
const whole = new Intl.DateTimeFormat(english, { dateStyle: "full", timeStyle: "long" });

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Relative under one hour, clock time on the same day, a date otherwise. */
export function when(time: string | number, now: number): string {
  const at = new Date(time);
  const ageMs = now - at.getTime();
  if (ageMs >= 0 && ageMs < minute) return t.justNow();
  if (ageMs >= 0 && ageMs < hour) return t.minutesAgo({ n: Math.floor(ageMs / minute) });
  const today = new Date(now);
  if (at.toDateString() === today.toDateString()) return clockTime.format(at);
  if (at.toDateString() === new Date(now - day).toDateString()) return t.yesterday({ time: clockTime.format(at) });
  return at.getFullYear() === today.getFullYear() ? dayMonth.format(at) : dayMonthYear.format(at);
}

/** With seconds, for states that are older than they look: `10:41:07`. */
export const exact = (time: string | number): string => exactTime.format(new Date(time));

/** `10:41:07.120`, for lines of a log. */
export function toTheMillisecond(time: string): string {
  const at = new Date(time);
  return Number.isNaN(at.getTime()) ? "" : `${exactTime.format(at)}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

export const inFull = (time: string | number): string => whole.format(new Date(time));

export const clockOf = (time: string | number): string => clockTime.format(new Date(time));

/** `850 ms`, `12.3 s`, `4 min 07 s`, `2 h 05 min`. */
export function duration(ms: number): string {
  const value = Math.max(0, ms);
  if (value < 1_000) return t.ms({ n: Math.round(value) });
  if (value < minute - 50) return t.s({ n: (value / 1_000).toFixed(1) });
  if (value < hour - 500) return t.minS(split(value, minute, 1_000));
  return t.hMin(split(value, hour, minute));
}

/** Whole seconds under a minute: for durations that count while one looks. */
export function counting(ms: number): string {
  const value = Math.max(0, ms);
  return value < minute ? t.s({ n: Math.floor(value / 1_000) }) : duration(value);
}

export function size(bytes: number): string {
  if (bytes < 1_000) return t.bytes({ n: bytes });
  if (bytes < 1_000_000) return t.kB({ n: Math.round(bytes / 1_000) });
  return t.mB({ n: (bytes / 1_000_000).toFixed(1) });
}

function split(ms: number, large: number, small: number): { a: number; b: string } {
  const inSmall = Math.round(ms / small);
  const per = large / small;
  return { a: Math.floor(inSmall / per), b: String(inSmall % per).padStart(2, "0") };
}
