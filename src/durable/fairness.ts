// Organisations that wait for a slot. While another one waits, a finisher does not keep its slot for its own next step: the slot goes
// back, and the claim gives every organisation its share.
import type { Uuid } from '../contract/ids.ts'

/** A wait shorter than this is no wait: the slot that is about to be free will do. */
const patienceMs = 100

export class Fairness {
  /** When the oldest ready task of an organisation began to wait; database clock, ms. */
  readonly #since = new Map<Uuid, number>()

  /** A task was left in the queue. */
  waits(orgId: Uuid, since: number): void {
    if (!this.#since.has(orgId)) this.#since.set(orgId, since)
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
