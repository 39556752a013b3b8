// A turn with two readers inside a scenario: begun, left to its fate, and checked when it has come to rest.
import { type Evidence, readEvidence } from '../invariants/evidence.ts'
import { violations } from '../invariants/index.ts'
import type { Accepted } from './api.ts'
import type { House } from './house.ts'
import { Reader } from './reader.ts'
import { stuckMs } from './run.ts'
import type { Turn } from './script.ts'

interface Course {
  session: string
  accepted: Accepted[]
  reader: Reader
  /** Waits for rest, checks everything and closes the readers. Never throws: being stuck is a violation. */
  settle(check?: (evidence: Evidence) => string[]): Promise<string[]>
}

/** Resolves once the message is accepted. */
export async function beginCourse(house: House, turn: Turn, withinMs = stuckMs): Promise<Course> {
  const session = await house.api.createSession(turn.capabilities, turn.session)
  const readers = [new Reader(() => house.urls(), session), new Reader(() => house.urls(), session)] as const
  const accepted = [await house.api.post(session, turn.text)]
  const course: Course = {
    session,
    accepted,
    reader: readers[0],
    async settle(check) {
      try {
        for (const reader of readers) await reader.idleAfter(accepted.at(-1)?.sequence ?? 0, withinMs)
        const evidence = await readEvidence({ house, session, accepted, readers })
        return [...violations(evidence), ...(check?.(evidence) ?? [])]
      } catch (error) {
        return [`stuck: ${error}\n${await house.lastWords(session)}`]
      } finally {
        for (const reader of readers) reader.close()
      }
    },
  }
  return course
}

/** The value below which so much of them lies; 0 for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
