// A scenario: a whole course of events in a world of its own, where a point is one turn and one death. It opens what it needs, makes the
// trouble, waits until everything has come to rest, checks, and closes.
import type { Random } from '../harness/random.ts'
import type { Tally } from '../repeat.ts'

export interface Scenario {
  /** As the table shows it: what it is, then what happens; `--point` picks by any part of it. */
  name: string
  /** Its short form is part of npm test. */
  inSuite: boolean
  /** Everything left to chance comes from `random`. Violations are returned, not thrown; a throw means that it could not be tried. */
  run(random: Random, length: Length): Promise<Findings>
}

/** Thrown where this machine does not let a scenario be tried, with the reason: that is neither a pass nor a violation. */
export class CannotBeTried extends Error {}

/** `short`: seconds, for the test suite. `long`: minutes; `minutes` is set where another length than its own was asked for. */
export type Length = { form: 'short' } | { form: 'long'; minutes?: number }

/** `runs` counts what was held against the promises: sessions, most often. */
export interface Findings extends Tally {
  /** Other numbers worth knowing, by what they are: `{ deaths: 31, 'at rest after, ms': 1200 }`. */
  figures?: Readonly<Record<string, number>>
}
