// Days as an address names them, `2026-11-24`, and the instants at which they begin where the person is.

/** The instant at which the day begins, `later` days on; nothing if it is no day. */
export function startOf(day: string | undefined, later = 0): string | undefined {
  if (!day || !/^\d{4}-\d{2}-\d{2}$/.test(day)) return undefined;
  const start = new Date(`${day}T00:00:00`);
  start.setDate(start.getDate() + later);
  return start.toISOString();
}
