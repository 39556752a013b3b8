// One run: a session with two readers, a turn with everything in it, something that dies on the way, and the checks afterwards.
import { violations } from '../invariants/index.ts'
import { type Evidence, readEvidence } from '../invariants/evidence.ts'
import type { Random } from './random.ts'
import { Reader } from './reader.ts'
import { fullTurn } from './script.ts'
import { times, type World } from './world.ts'

export interface Outcome {
  /** Empty when every promise was kept. */
  violations: string[]
  /** From the end of what died (or its return, where it had to come back) to the next event that readers saw; null: none was needed. */
  recoveryMs: number | null
}

/** What dies while a turn runs. */
export interface Fault {
  /** Before the message is posted. */
  prepare(): Promise<void>
  /** From the posting on; answers since when recovery counts (Date.now()). */
  strike(): Promise<number>
  /** Makes the house whole again, whatever happened. */
  repair(): Promise<void>
  /** What this fault promises beyond the rest. */
  check?(evidence: Evidence): string[]
}

const stuckMs = 10 * times.lease

export async function runOnce(world: World, random: Random, fault: Fault): Promise<Outcome> {
  const session = await world.api.createSession(['ledger_tools'])
  const urls = () => world.urls()
  const [attached, resuming] = [new Reader(urls, session), new Reader(urls, session)]
  cutAt(resuming, random.between(1, 60))
  try {
    await fault.prepare()
    const posting = world.api.post(session, fullTurn(random))
    const since = await fault.strike()
    const accepted = [await posting]
    for (const reader of [attached, resuming]) await reader.until('the end of the turn', ({ type }) => type === 'session.idled', stuckMs)
    const evidence = await readEvidence({ ...world, session, accepted, readers: [attached, resuming] })
    return { violations: [...violations(evidence), ...(fault.check?.(evidence) ?? [])], recoveryMs: recovery(attached, since) }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { violations: [`stuck: ${why}\n${await world.lastWords(session)}`], recoveryMs: null }
  } finally {
    attached.close()
    resuming.close()
    await fault.repair()
  }
}

/** Breaks a reader's connection once it has seen so many events: it resumes there. */
function cutAt(reader: Reader, count: number): void {
  reader.until('an event to be cut off at', () => reader.events.length >= count, stuckMs).then(
    () => reader.cut(),
    () => {},
  )
}

/** What was committed before may still have been on its way; `ts` tells. Both clocks are this machine's. */
function recovery({ events }: Reader, since: number): number | null {
  const next = events.find(({ at, ts }) => at > since && Date.parse(ts) > since)
  return next ? next.at - since : null
}
