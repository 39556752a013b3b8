// Runs items in one transaction: in one round trip where their heads are kept and still are as they were kept, with a look where not.
import type pg from 'pg'
import type { Uuid } from '../contract/ids.ts'
import { isAway } from '../db/outage.ts'
import { DatabaseClock } from './database-clock.ts'
import type { Item } from './item.ts'
import { KeptHeads } from './kept.ts'
import { type Transacted, type TransactOptions, transact, transactKept } from './transact.ts'
import type { Place } from './view-rows.ts'

export interface TransactorOptions extends Omit<TransactOptions, 'rerun'> {
  /** The slots that `placing` gave out for a transaction which did not happen. */
  unplace(holders: Uuid[]): void
  /** Milliseconds of this process. */
  clock(): number
}

/** The caller sees to it that no head is in two transactions of it at once. */
export class Transactor {
  readonly #options: TransactorOptions
  readonly #kept = new KeptHeads()
  readonly #clock: DatabaseClock
  /** Connections that were there when what is kept was stored. */
  readonly #connections = new WeakSet<pg.ClientBase>()

  constructor(options: TransactorOptions) {
    this.#options = options
    this.#clock = new DatabaseClock(options.clock)
  }

  /** Whether the item can be decided before the database is asked. */
  isKept(item: Item<unknown>): boolean {
    return this.#kept.covers(item)
  }

  /**
   * Throws when the transaction failed, or may have: then all of it is to be run again. `rerun`: some of the items ran before and their
   * commit's outcome is not known.
   */
  async run(client: pg.ClientBase, items: readonly Item<unknown>[], rerun: boolean): Promise<Transacted> {
    this.#meet(client)
    const transacted =
      (await this.#withoutLook(client, items, rerun)) ??
      (await this.#attempt((options) => transact(client, items, { rerun, ...options })))
    if (transacted.now !== null) this.#clock.hear(transacted.now)
    this.#kept.keep(transacted.views)
    return transacted
  }

  /**
   * Behind a new connection there may be another server: one that took over without our last transactions, and on which somebody has made
   * others of the same revisions.
   */
  #meet(client: pg.ClientBase): void {
    if (this.#connections.has(client)) return
    this.#connections.add(client)
    this.#kept.forgetAll()
  }

  /** Null where a look is needed, and then nothing was committed. */
  async #withoutLook(client: pg.ClientBase, items: readonly Item<unknown>[], rerun: boolean): Promise<Transacted | null> {
    const now = this.#clock.now()
    const isKept = !rerun && now !== null && items.every((item) => this.isKept(item))
    const ids = [...new Set(items.map(({ sessionId }) => sessionId))]
    // Whatever comes of the transaction, what was kept of its heads is old from here on.
    if (!isKept) {
      for (const id of ids) this.#kept.drop(id)
      return null
    }
    const heads = this.#kept.take(ids)
    try {
      return await this.#attempt((options) => transactKept(client, items, heads, now, { rerun, ...options }))
    } catch (error) {
      if (isAway(error)) throw error
      await client.query('rollback')
      this.#clock.forget()
      return null
    }
  }

  async #attempt(run: (options: Omit<TransactOptions, 'rerun'>) => Promise<Transacted>): Promise<Transacted> {
    const { types, ports, placing, unplace } = this.#options
    const placed: Uuid[] = []
    const place: Place = (task) => {
      const holder = placing.place(task)
      if (holder) placed.push(holder)
      return holder
    }
    try {
      return await run({ types, ports, placing: { ...placing, place } })
    } catch (error) {
      unplace(placed)
      throw error
    }
  }
}
