/** A length of time for a person: `12 ms`, `3.4 s`, `5 min`, `2 h`, `3 d`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`;
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)} h`;
  return `${Math.floor(ms / 86_400_000)} d`;
}

export function rate(rowsPerSecond: number): string {
  return `${rowsPerSecond < 10 ? rowsPerSecond.toFixed(1) : Math.round(rowsPerSecond)} rows/s`;
}

/** A moment for a person, and how long ago it was. */
export function moment(ms: number, now: number = Date.now()): string {
  return `${new Date(ms).toISOString()} (${duration(Math.max(0, now - ms))} ago)`;
}
