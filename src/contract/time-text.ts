// Times as readers see them: ISO 8601 in UTC, to the millisecond.

let lastMs = 0
let lastText = new Date(0).toISOString()

/** Milliseconds since 1970 as `2026-11-26T08:00:00.000Z`. The last answer is kept: the events of one commit have one time. */
export function timeText(ms: number): string {
  if (ms === lastMs) return lastText
  const text = new Date(ms).toISOString()
  lastMs = ms
  lastText = text
  return text
}
