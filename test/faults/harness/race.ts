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
  /** Messages that were sent before the end of a turn was stored and answered after. */
  amidst: number
}

const together = 20
const firstGuessMs = 15
const closer = 0.93
const farther = 1.07

/** A message and the time its sender waited, by the clock that PostgreSQL has too. */
interface Post {
  message: Accepted
  sentAt: number
  answeredAt: number
}

/** Sends so many messages in all, in several sessions at once, each timed for the end of the turn before it. */
export async function raceMessages(house: House, random: Random, messages: number): Promise<Raced> {
  const share = Math.ceil(messages / together)
  const raced = await Promise.all(Array.from({ length: together }, () => raceInOneSession(house, random, share)))
  const sum = (of: (one: Raced) => number) => raced.reduce((total, one) => total + of(one), 0)
  return {
    violations: raced.flatMap((one) => one.violations),
    messages: sum((one) => one.messages),
    steered: sum((one) => one.steered),
    amidst: sum((one) => one.amidst),
  }
}

async function raceInOneSession(house: House, random: Random, count: number): Promise<Raced> {
  const session = await house.api.createSession([])
  const reader = new Reader(() => house.urls(), session)
  try {
    const posts = await postAtTheEnds(house, random, session, reader, count)
    const accepted = posts.map(({ message }) => message)
    await reader.idleAfter(accepted.at(-1)?.sequence ?? 0, stuckMs)
    const evidence = await readEvidence({ house, session, accepted, readers: [reader] })
    const inputs = ofType(evidence.events, 'input.message')
    const ends = ofType(evidence.events, 'turn.completed').map(({ ts }) => Date.parse(ts))
    return {
      violations: violations(evidence),
      messages: accepted.length,
      steered: inputs.length - ofType(evidence.events, 'turn.started').length,
      amidst: posts.filter(({ sentAt, answeredAt }) => ends.some((end) => sentAt <= end && end <= answeredAt)).length,
    }
  } catch (error) {
    return { violations: [`stuck: ${error}\n${await house.lastWords(session)}`], messages: count, steered: 0, amidst: 0 }
  } finally {
    reader.close()
  }
}

/** Aims at the end of the running turn: a message that still steered came too early, one that began a turn came too late. */
async function postAtTheEnds(house: House, random: Random, session: string, reader: Reader, count: number): Promise<Post[]> {
  const posts: Post[] = []
  let waitMs = firstGuessMs
  for (let n = 0; n < count; n += 1) {
    const sentAt = Date.now()
    const message = await house.api.post(session, `Message ${n}.`)
    posts.push({ message, sentAt, answeredAt: Date.now() })
    await wait(waitMs * (0.85 + 0.3 * random.next()))
    const before = posts.at(-2)
    if (before) waitMs *= beganTurn(reader, before.message) ? closer : farther
  }
  return posts
}

const beganTurn = ({ events }: Reader, { id }: Accepted): boolean =>
  events.some(({ type, data }) => type === 'turn.started' && data.input_message_id === id)
