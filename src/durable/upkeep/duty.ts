// A duty is boring on purpose: a name, an interval, a bounded amount of work, a report. Safe on every replica.

export interface Duty {
  name: string
  everyMs: number
  /** What it did, in numbers; nothing when there was nothing to do. */
  run(): Promise<Record<string, number>>
}
