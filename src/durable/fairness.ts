// Organisations that wait for a slot. While another one waits, a finisher does not keep its slot for its own next step: the slot goes
// back, and the claim gives every organisation its share. Slots that come one at a time go round: to whom was served longest ago.
import type { Uuid } from '../contract/ids.ts'

/** A wait shorter than this is no wait: the slot that is about to be free will do. */
const patienceMs = 100
/** Organisations whose last turn is remembered: of those that come less often each is served at once anyway. */
const servedMax = 500

export class Fairness {
  /** When the oldest ready task of an organisation began to wait; database clock, ms. */
  readonly #since = new Map<Uuid, number>()
  /** A number that grows for each turn; the latest at the end. */
  readonly #served = new Map<Uuid, number>()
  #turns = 0

  /** A task was left in the queue. */
  waits(orgId: Uuid, since: number): void {
    if (!this.#since.has(orgId)) this.#since.set(orgId, since)
  }

  /** The queue gave a task of this organisation to a slot. */
  serves(orgId: Uuid): void {
    this.#served.delete(orgId)
    this.#served.set(orgId, ++this.#turns)
    const [first] = this.#served.keys()
    if (this.#served.size > servedMax && first !== undefined) this.#served.delete(first)
  }

  /** Who was served by the queue, and in which turn for the last time. */
  get served(): ReadonlyMap<Uuid, number> {
    return this.#served
  }

  /** What the queue says now replaces what was remembered. */
  replace(waiting: Iterable<{ orgId: Uuid; since: number }>): void {
    this.#since.clear()
    for (const { orgId, since } of waiting) this.#since.set(orgId, since)
  }

  /** False when another organisation has waited too long for this one to go on with its next step. */
  mayKeep(orgId: Uuid, now: number): boolean {
    if (this.#since.size === 0) return true
    for (const [other, since] of this.#since) if (other !== orgId && since < now - patienceMs) return false
    return true
  }
}
