// Messages that arrive while the last hand-off of a turn commits. Each must be answered exactly once: by the turn that is ending, or by
// the next one.
import { setTimeout as wait } from 'node:timers/promises'
import { readEvidence } from '../invariants/evidence.ts'
import { violations } from '../invariants/index.ts'
import { ofType } from '../invariants/log.ts'
import type { Accepted } from './api.ts'
import type { House } from './house.ts'
import type { Random } from './random.ts'
import { Reader } from './reader.ts'
import { stuckMs } from './run.ts'

export interface Raced {
  violations: string[]
  messages: number
  /** Messages that a turn which was already running answered; the others began a turn. */
  steered: number
  /** Messages that were stored within this many milliseconds of a turn's end, before or after it. */
  close: number
}

export const closeMs = 3
const together = 20
const firstGuessMs = 15
const closer = 0.93
const farther = 1.07

/** Sends so many messages in all, in several sessions at once, each timed for the end of the turn before it. */
export async function raceMessages(house: House, random: Random, messages: number): Promise<Raced> {
  const share = Math.ceil(messages / together)
  const raced = await Promise.all(Array.from({ length: together }, () => raceInOneSession(house, random, share)))
  const sum = (of: (one: Raced) => number) => raced.reduce((total, one) => total + of(one), 0)
  return {
    violations: raced.flatMap((one) => one.violations),
    messages: sum((one) => one.messages),
    steered: sum((one) => one.steered),
    close: sum((one) => one.close),
  }
}

async function raceInOneSession(house: House, random: Random, count: number): Promise<Raced> {
  const session = await house.api.createSession([])
  const reader = new Reader(() => house.urls(), session)
  try {
    const accepted = await postAtTheEnds(house, random, session, reader, count)
    await reader.idleAfter(accepted.at(-1)?.sequence ?? 0, stuckMs)
    const evidence = await readEvidence({ house, session, accepted, readers: [reader] })
    const inputs = ofType(evidence.events, 'input.message')
    const ends = ofType(evidence.events, 'turn.completed').map(({ ts }) => Date.parse(ts))
    return {
      violations: violations(evidence),
      messages: accepted.length,
      steered: inputs.length - ofType(evidence.events, 'turn.started').length,
      close: inputs.filter(({ ts }) => ends.some((end) => Math.abs(end - Date.parse(ts)) <= closeMs)).length,
    }
  } catch (error) {
    return { violations: [`stuck: ${error}\n${await house.lastWords(session)}`], messages: count, steered: 0, close: 0 }
  } finally {
    reader.close()
  }
}

/** Aims at the end of the running turn: a message that still steered came too early, one that began a turn came too late. */
async function postAtTheEnds(house: House, random: Random, session: string, reader: Reader, count: number): Promise<Accepted[]> {
  const accepted: Accepted[] = []
  let waitMs = firstGuessMs
  for (let n = 0; n < count; n += 1) {
    const message = await house.api.post(session, `Message ${n}.`)
    accepted.push(message)
    await wait(waitMs * (0.85 + 0.3 * random.next()))
    const before = accepted.at(-2)
    if (before) waitMs *= beganTurn(reader, before) ? closer : farther
  }
  return accepted
}

const beganTurn = ({ events }: Reader, { id }: Accepted): boolean =>
  events.some(({ type, data }) => type === 'turn.started' && data.input_message_id === id)
