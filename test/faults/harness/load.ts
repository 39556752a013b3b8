// People at work while something goes wrong: each goes from session to session, posts message after message, and follows the stream as
// an SDK does. A session is checked as soon as its person has left it.
import { setTimeout as wait } from 'node:timers/promises'
import { readEvidence } from '../invariants/evidence.ts'
import { violations } from '../invariants/index.ts'
import type { Accepted } from './api.ts'
import type { House } from './house.ts'
import { type Random, seeded } from './random.ts'
import { Reader } from './reader.ts'
import { shortTurn } from './script.ts'

export interface LoadWish {
  /** People; each reads along in one session at a time. */
  people: number
  /** Messages in one session. */
  turns: number
  /** Between two messages of a person at most; milliseconds. */
  thinkMs: number
}

export interface Loaded {
  violations: string[]
  sessions: number
  messages: number
  /** Connections that readers had to make. */
  connections: number
}

/** Whoever waits longer than this waits for ever. */
const stuckMs = 60_000
const cutShare = 0.3
/** The share of messages that do not wait for the answer to the one before. */
const hastyShare = 0.15
const lookAgainMs = 250
const looks = 60

export class Load {
  readonly #house: House
  readonly #wish: LoadWish
  readonly #total: Loaded = { violations: [], sessions: 0, messages: 0, connections: 0 }
  readonly #people: Promise<void>[]
  #isOver = false

  constructor(house: House, random: Random, wish: LoadWish) {
    this.#house = house
    this.#wish = wish
    this.#people = Array.from({ length: wish.people }, () => this.#live(seeded(random.between(0, 2 ** 31))))
  }

  /** Nobody posts any more; resolves when everything that was posted is answered and checked. */
  async end(): Promise<Loaded> {
    this.#isOver = true
    await Promise.all(this.#people)
    return this.#total
  }

  async #live(random: Random): Promise<void> {
    while (!this.#isOver) await this.#visit(random)
  }

  async #visit(random: Random): Promise<void> {
    const { api } = this.#house
    const session = await api.createSession(['ledger_tools'])
    const reader = new Reader(() => this.#house.urls(), session)
    try {
      const accepted = await this.#talk(random, session, reader)
      const evidence = await this.#patiently(() => readEvidence({ house: this.#house, session, accepted, readers: [reader] }))
      this.#total.sessions += 1
      this.#total.messages += accepted.length
      this.#total.violations.push(...violations(evidence).map((problem) => `session ${session}: ${problem}`))
    } catch (error) {
      this.#total.violations.push(`session ${session} is stuck: ${error}\n${await this.#house.lastWords(session)}`)
    } finally {
      reader.close()
      this.#total.connections += reader.connections
    }
  }

  async #talk(random: Random, session: string, reader: Reader): Promise<Accepted[]> {
    const accepted: Accepted[] = []
    for (let n = 0; n < this.#wish.turns && (n === 0 || !this.#isOver); n += 1) {
      const { id, sequence } = await this.#house.api.post(session, shortTurn(random, n).text)
      accepted.push({ id, sequence })
      if (random.next() < cutShare) reader.cut()
      if (random.next() < hastyShare) continue
      await reader.idleAfter(sequence, stuckMs)
      await wait(this.#isOver ? 0 : random.between(0, this.#wish.thinkMs))
    }
    await reader.idleAfter(accepted.at(-1)?.sequence ?? 0, stuckMs)
    return accepted
  }

  /** The database may be away just now. */
  async #patiently<T>(read: () => Promise<T>): Promise<T> {
    for (let look = 1; look < looks; look += 1) {
      const found = await read().catch(() => null)
      if (found !== null) return found
      await wait(lookAgainMs)
    }
    return read()
  }
}
