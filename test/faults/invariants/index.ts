// The promises, checked: `violations` is empty when none was broken.
import { effects, state } from './effects.ts'
import type { Evidence } from './evidence.ts'
import { answered, calls, sequences, turns } from './log.ts'
import { folded, transcripts } from './readers.ts'

const promises = { sequences, turns, answered, calls, effects, state, transcripts, folded }

export const violations = (evidence: Evidence): string[] =>
  Object.entries(promises).flatMap(([name, check]) => check(evidence).map((problem) => `${name}: ${problem}`))
