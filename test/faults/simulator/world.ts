// One run: two control planes, some workers, a database, people with sessions, and the trouble they have. All chance comes from the seed.
import { newId, type Uuid } from '../../../src/contract/ids.ts'
import type { PlannedCall } from '../../../src/turn/state.ts'
import { type Random, seeded } from '../harness/random.ts'
import { type Actor, actor, Clock } from './clock.ts'
import { Database } from './database/database.ts'
import { Network } from './network.ts'
import { Plane } from './plane.ts'
import { plannedCalls } from './steps.ts'
import { Trouble } from './trouble.ts'
import { User } from './user.ts'
import { Watch } from './watch/watch.ts'
import { Worker } from './worker.ts'

/** What a tool did outside the product. */
export interface LedgerLine {
  call: string
  key: string
  attempt: number
}

export interface WorldOptions {
  seed: number
  startMs: number
  /** Keeps what happened, for people. */
  trace: string[] | null
}

export class World {
  readonly random: Random
  readonly clock: Clock
  readonly database: Database
  readonly network: Network
  readonly watch: Watch
  readonly trouble: Trouble
  readonly planes: Plane[] = []
  readonly workers: Worker[] = []
  readonly users: User[] = []
  readonly ledger: LedgerLine[] = []
  readonly #trace: string[] | null
  readonly #startMs: number
  #calls = 0

  constructor({ seed, startMs, trace }: WorldOptions) {
    this.random = seeded(seed)
    this.#trace = trace
    this.#startMs = startMs
    this.clock = new Clock(startMs, actor('outside'))
    this.watch = new Watch(this)
    const { clock, random } = this
    this.database = new Database({ clock, random, committed: (changes, tx) => this.watch.committed(changes, tx) })
    const answering = () => this.planes.filter(({ actor: { alive } }) => alive)
    this.network = new Network({ clock, random, planes: answering, say: (who, text) => this.say(who, text) })
    this.trouble = new Trouble(this)
  }

  open(): void {
    const orgIds = [newId(), newId()]
    for (const place of [0, 1]) this.startPlane(place, `plane ${place}`)
    for (let n = this.random.between(1, 3); n > 0; n -= 1)
      this.workers.push(new Worker(this, `worker ${n}`, this.random.between(1, 4)))
    for (let n = this.random.between(1, 4); n > 0; n -= 1) this.users.push(this.#newUser(`user ${n}`, this.random.oneOf(orgIds)))
  }

  /** As a session's creation leaves it: a head, and one event. */
  #newUser(name: string, orgId: Uuid): User {
    const sessionId = newId()
    const tx = this.database.begin()
    tx.insert('heads', sessionId, { sessionId, orgId, lastSequence: 1, lastInput: 0, liveTurn: null, revision: 0 })
    const about = { id: newId(), orgId, type: 'session.started' as const, ts: this.clock.now, turnId: null, execId: null }
    tx.insert('events', `${sessionId} 1`, { ...about, sessionId, sequence: 1, data: '{}', extra: null })
    this.database.commit(tx)
    return new User(this, name, orgId, sessionId)
  }

  startPlane(place: number, name: string): void {
    this.planes[place] = new Plane(this, name)
  }

  /** A hint to the other control planes; it may be lost. */
  hintReady(from: Plane): void {
    for (const plane of this.planes) {
      if (plane !== from && this.random.next() < 0.8) this.clock.after(1, plane.actor, () => plane.engine.wake())
    }
  }

  newCalls(): PlannedCall[] {
    return plannedCalls(this.random, () => `call-${++this.#calls}`)
  }

  say(who: Actor, text: () => string): void {
    this.#trace?.push(`${(this.clock.now - this.#startMs).toFixed(1).padStart(8)}  ${who.name.padEnd(8)}  ${text()}`)
  }
}
