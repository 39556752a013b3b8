// A duty is boring on purpose: a name, an interval, a bounded amount of work, a report. Safe on every replica.

export interface Duty {
  name: string
  everyMs: number
  /** What it did, in numbers; nothing when there was nothing to do. One that may take long ends soon when the process is `stopping`. */
  run(stopping?: AbortSignal): Promise<Record<string, number>>
}
