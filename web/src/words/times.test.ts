import { expect, test } from "vitest";
import { counting, duration, size, when } from "./times";

test("durations are written in the unit that fits", () => {
  expect([850, 12_340, 59_960, 247_000, 3_600_000, 7_500_000].map(duration)).toEqual([
    "850 ms",
    "12.3 s",
    "1 min 00 s",
    "4 min 07 s",
    "1 h 00 min",
    "2 h 05 min",
  ]);
  expect(duration(-5)).toBe("0 ms");
  expect(counting(12_999)).toBe("12 s");
});

test("a moment is relative under an hour, a clock time today, a date before", () => {
  const now = new Date(2026, 10, 24, 15, 30).getTime();
  const ago = (ms: number) => when(now - ms, now);
  expect(ago(5_000)).toBe("just now");
  expect(ago(4 * 60_000)).toBe("4 min ago");
  expect(ago(2 * 3_600_000)).toBe("13:30");
  expect(ago(24 * 3_600_000)).toBe("yesterday, 15:30");
  expect(ago(3 * 24 * 3_600_000)).toMatch(/21/);
  expect(ago(400 * 24 * 3_600_000)).toMatch(/2025/);
});

test("sizes are bytes, kB or MB", () => {
  expect([1, 999, 84_000, 1_831_022].map(size)).toEqual(["1 byte", "999 bytes", "84 kB", "1.8 MB"]);
});
