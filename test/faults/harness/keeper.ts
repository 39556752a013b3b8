// Keeps so many workers alive, as whoever runs them in production does: starts one where one died, and ends one that is frozen.
import { setTimeout as wait } from 'node:timers/promises'
import type { World } from './world.ts'

const lookMs = 50
/** Beyond its lease, before a process that lives counts as frozen. */
const frozenMs = 500

export class Keeper {
  /** Workers that had to be replaced. */
  deaths = 0
  readonly #world: World
  readonly #slots: number
  readonly #rounds: Promise<void>
  #isOver = false

  constructor(world: World, workers: number, slots: number) {
    this.#world = world
    this.#slots = slots
    this.#rounds = this.#keep(workers)
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#rounds
  }

  async #keep(count: number): Promise<void> {
    const { workers } = this.#world
    for (let born = 0; !this.#isOver; await wait(lookMs)) {
      await this.#endFrozen()
      this.#world.forgetDead()
      for (; workers.length < count && !this.#isOver; born += 1) await this.#addOne()
      this.deaths = born - workers.length
    }
  }

  /** It may be given poison before it has said that it is there. */
  async #addOne(): Promise<void> {
    await this.#world.addWorker({ slots: this.#slots }).catch(() => {})
  }

  async #endFrozen(): Promise<void> {
    const { rows } = await this.#world.db.query<{ name: string }>(
      `select name from workers where lease_until < clock_timestamp() - $1 * interval '1 ms' and status = 'active'`,
      [frozenMs],
    )
    const frozen = new Set(rows.map(({ name }) => name))
    for (const child of this.#world.workers) if (frozen.has(`worker-${child.process.pid}`)) await child.kill()
  }
}
