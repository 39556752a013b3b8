// One run: a session with two readers, one turn, something that dies on the way, and the checks afterwards.

import { type Evidence, readEvidence } from '../invariants/evidence.ts'
import { violations } from '../invariants/index.ts'
import type { Accepted } from './api.ts'
import type { House } from './house.ts'
import type { Random } from './random.ts'
import { Reader } from './reader.ts'
import type { Turn } from './script.ts'

export interface Outcome {
  /** Empty when every promise was kept. */
  violations: string[]
  /** From the end of what died (or its return, where it had to come back) to the next event that readers saw; null: none was needed. */
  recoveryMs: number | null
  /** The turn ended without passing the place of death (another worker had it): nothing was tried. */
  missed?: boolean
}

/** The turn that is struck. */
export interface Struck {
  session: string
  reader: Reader
  /** A further message of this session was accepted. */
  accept(message: Accepted): void
}

/** What dies while a turn runs. */
export interface Fault {
  /** Before the message is posted. */
  prepare(): Promise<void>
  /** From the posting on; answers since when recovery counts (Date.now()). `ended`: the turn is over. */
  strike(ended: Promise<unknown>, on: Struck): Promise<number>
  /** Makes the house whole again, whatever happened. */
  repair(): Promise<void>
  /** What this fault promises beyond the rest. */
  check?(evidence: Evidence): string[]
}

/** Many leases: whoever waits longer waits for ever. */
export const stuckMs = 20_000

/** Thrown by a strike whose place nobody passed. */
export class Missed extends Error {}

export async function runOnce(house: House, random: Random, turn: Turn, fault: Fault): Promise<Outcome> {
  const session = await house.api.createSession(turn.capabilities, turn.session)
  const urls = () => house.urls()
  // Where there are two control planes one reader begins at each.
  const [attached, resuming] = [new Reader(() => urls().reverse(), session), new Reader(urls, session)]
  cutAt(resuming, random.between(1, 60))
  try {
    await fault.prepare()
    const further: Accepted[] = []
    const posting = house.api.post(session, turn.text)
    const ended = attached.idleAfter(0, stuckMs)
    // A strike need not wait for it; being stuck is found out below.
    ended.catch(() => {})
    const since = await fault.strike(ended, { session, reader: attached, accept: (more) => void further.push(more) })
    const accepted = [await posting, ...further]
    for (const reader of [attached, resuming]) await reader.idleAfter(accepted.at(-1)?.sequence ?? 0, stuckMs)
    const evidence = await readEvidence({ house, session, accepted, readers: [attached, resuming] })
    return { violations: [...violations(evidence), ...(fault.check?.(evidence) ?? [])], recoveryMs: recovery(attached, since) }
  } catch (error) {
    if (error instanceof Missed) return { violations: [], recoveryMs: null, missed: true }
    const why = error instanceof Error ? error.message : String(error)
    return { violations: [`stuck: ${why}\n${await house.lastWords(session)}`], recoveryMs: null }
  } finally {
    attached.close()
    resuming.close()
    await fault.repair()
  }
}

/** Breaks a reader's connection once it has seen so many events: it resumes there. */
function cutAt(reader: Reader, count: number): void {
  reader
    .until('an event to be cut off at', () => reader.events.length >= count, 2 * stuckMs)
    .then(
      () => reader.cut(),
      () => {},
    )
}

/** What was committed before may still have been on its way; `ts` tells. Both clocks are this machine's. */
function recovery({ events }: Reader, since: number): number | null {
  const next = events.find(({ at, ts }) => at > since && Date.parse(ts) > since)
  return next ? next.at - since : null
}
