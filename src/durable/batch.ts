// Gathers items while a transaction is in flight and runs them together in the next: no delay when idle, and none for long behind a slow one.
import type pg from 'pg'
import type { Logger } from 'pino'
import type { Uuid } from '../contract/ids.ts'
import { Problem } from '../contract/problem.ts'
import { isAway, isLockWait, mayPass } from '../db/outage.ts'
import { BrokenFold, HeadMissing, type Item } from './item.ts'
import type { Fate } from './transact.ts'
import type { Transactor } from './transactor.ts'
import type { HeadView } from './view.ts'

export interface BatcherOptions {
  pool: pg.Pool
  transactor: Transactor
  log: Logger
  /** Items in one transaction at most. */
  max: number
  committed(views: HeadView[]): void
  /** After every committed transaction: its items, and milliseconds from the first statement to the commit. */
  ran?(items: number, ms: number): void
}

interface Waiting {
  item: Item<unknown>
  since: number
  tries: number
  /** It was in a transaction that failed: its commit may have happened. */
  ran: boolean
  /** Something in a transaction of several could not be done, and it may have been this: it goes alone. */
  alone: boolean
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** Items that write more than this run alone, beside the others. */
const largeBytes = 256 * 1024
/** Transactions in flight at once: while one waits for PostgreSQL, another is folded. */
const lanes = 3
/** Where they are slow: whoever waits for a lock or for megabytes to be written has lanes of their own. */
const lanesAtMost = 6
/** No item waits longer for transactions in flight to end, ms. Well above what one usually takes. */
const slowMs = 50
/** Items that must be waiting, for every transaction in flight, before one more begins: fewer would only make smaller batches. */
const queuePerLane = 8
const maxTriesAlone = 5
/** How long an item waits for rows that somebody else holds before that counts as a try, ms. */
const lockPatienceMs = 40_000
/** When every head of a batch was held by somebody else. */
const busyPauseMs = 3

export class Batcher {
  readonly #options: BatcherOptions
  #queue: Waiting[] = []
  #inFlight = new Set<Uuid>()
  #running = 0
  #scheduled = false
  #isWatching = false
  /** Something could have been in the batch that began last if it had needed a look, or none, as the others there. */
  #leftForItsKind = false
  /** Since when no transaction was committed because the database is away; process clock, ms. */
  #awaySince: number | null = null
  #closed = false
  #idle: (() => void)[] = []

  constructor(options: BatcherOptions) {
    this.#options = options
  }

  /** Runs the item's fold under its head's lock; resolves once the change is committed. Rejects with what the fold threw. */
  submit<R>(item: Item<R>): Promise<R> {
    if (this.#closed) return Promise.reject(new Problem('unavailable', 'The server is shutting down', { retryAfterSeconds: 1 }))
    return new Promise<R>((resolve, reject) => {
      // The promise's type is the item's: whoever settles it got the value from this very item's fold.
      this.#queue.push({
        item,
        since: performance.now(),
        tries: 0,
        ran: false,
        alone: false,
        resolve: resolve as (value: unknown) => void,
        reject,
      })
      this.#schedule()
    })
  }

  /** Waits until nothing is queued or in flight, and takes nothing new. For a database that is away it does not wait. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#queue.length === 0 && this.#running === 0) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  get depth(): number {
    return this.#queue.length
  }

  #schedule(): void {
    if (this.#scheduled || this.#queue.length === 0) return
    const isEnough = this.#queue.length >= queuePerLane * this.#running || this.#leftForItsKind
    if (this.#running >= lanes || (this.#running > 0 && !isEnough)) {
      this.#watchSlow()
      return
    }
    this.#scheduled = true
    // After the sockets of this tick were read: everything that arrived together shares the transaction.
    setImmediate(() => {
      this.#scheduled = false
      if (this.#running < lanes && this.#queue.length > 0) void this.#runNext()
    })
  }

  /** Begins a transaction for those who have waited too long for the ones in flight. */
  #watchSlow(): void {
    if (this.#isWatching) return
    this.#isWatching = true
    setTimeout(() => {
      this.#isWatching = false
      const isOverdue = performance.now() - (this.#queue[0]?.since ?? Number.POSITIVE_INFINITY) >= slowMs
      if (isOverdue && this.#running > 0 && this.#running < lanesAtMost) void this.#runNext()
      if (this.#queue.length > 0) this.#schedule()
    }, slowMs)
  }

  /** Whether it can be decided before the database is asked. */
  #isKept({ item, ran }: Waiting): boolean {
    return !ran && this.#options.transactor.isKept(item)
  }

  /**
   * The next batch: in order, no head that is in flight (its later items wait too), a large item alone and one that must be, and none
   * that needs a look beside those that need none.
   */
  #take(): Waiting[] {
    const blocked = new Set(this.#inFlight)
    const taken: Waiting[] = []
    const left: Waiting[] = []
    let alone = false
    let kept = false
    this.#leftForItsKind = false
    for (const waiting of this.#queue) {
      const { sessionId, bytes } = waiting.item
      const isKept = this.#isKept(waiting)
      const goesAlone = waiting.alone || bytes > largeBytes
      const fits = taken.length === 0 || (!alone && !goesAlone && taken.length < this.#options.max)
      const isOtherKind = taken.length > 0 && isKept !== kept
      const isFree = fits && !blocked.has(sessionId)
      if (isFree && !isOtherKind) {
        kept = isKept
        taken.push(waiting)
        alone ||= goesAlone
      } else {
        this.#leftForItsKind ||= isFree
        blocked.add(sessionId)
        left.push(waiting)
      }
    }
    this.#queue = left
    return taken
  }

  async #runNext(): Promise<void> {
    const batch = this.#take()
    if (batch.length === 0) return
    const heads = batch.map((waiting) => waiting.item.sessionId)
    for (const head of heads) this.#inFlight.add(head)
    this.#running += 1
    if (this.#leftForItsKind) this.#schedule()
    else if (this.#queue.length > 0) this.#watchSlow()
    try {
      const again = await this.#run(batch)
      // Only now: while it ran, another transaction may have put a new queue in place of the old one.
      this.#queue.unshift(...again)
    } finally {
      this.#running -= 1
      for (const head of heads) this.#inFlight.delete(head)
      if (this.#queue.length > 0) this.#schedule()
      else if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve()
    }
  }

  /** Answers the items that must run again. */
  async #run(batch: Waiting[]): Promise<Waiting[]> {
    try {
      return await this.#once(batch)
    } catch (error) {
      if (error instanceof BrokenFold) return without(batch, error)
      const [only] = batch
      for (const waiting of batch) waiting.ran = true
      if (isAway(error)) return await this.#waitOut(batch, error)
      if (!only || batch.length > 1) return oneByOne(batch)
      if (!isLockWait(error) || performance.now() - only.since > lockPatienceMs) only.tries += 1
      if (only.tries < maxTriesAlone && mayPass(error)) return [only]
      this.#options.log.error({ err: error, item: only.item.name, session_id: only.item.sessionId }, 'an item failed alone')
      only.reject(error)
      return []
    }
  }

  async #once(batch: Waiting[]): Promise<Waiting[]> {
    const { pool, transactor, committed } = this.#options
    const rerun = batch.some((waiting) => waiting.ran)
    const client = await pool.connect()
    let broken: Error | undefined
    try {
      const items = batch.map((waiting) => waiting.item)
      const startedAt = performance.now()
      const { fates, views } = await transactor.run(client, items, rerun)
      this.#options.ran?.(batch.length, performance.now() - startedAt)
      this.#isBack()
      committed(views)
      const busy = batch.filter((waiting) => !settle(waiting, fates.get(waiting.item)))
      if (busy.length === batch.length) await new Promise((resolve) => setTimeout(resolve, busyPauseMs))
      return busy
    } catch (error) {
      broken = await rollBack(client, error)
      throw error
    } finally {
      client.release(broken)
    }
  }

  #isBack(): void {
    if (this.#awaySince === null) return
    this.#options.log.warn({ away_ms: Math.round(performance.now() - this.#awaySince) }, 'the database takes transactions again')
    this.#awaySince = null
  }

  /** The database is away: those who cannot wait are told, the others run again. */
  async #waitOut(batch: Waiting[], error: unknown): Promise<Waiting[]> {
    const now = performance.now()
    // Once for each outage, however many run into it. A disk that is full shows nowhere else.
    if (this.#awaySince === null) this.#options.log.warn({ err: error }, 'the database takes no transactions; they wait')
    this.#awaySince ??= now
    // Who is told nothing before this process ends says it again elsewhere.
    const until = this.#closed ? Number.POSITIVE_INFINITY : now
    const patient = stillPatient(batch, until, error)
    // Each of them would otherwise be told by a transaction of its own, one after another.
    this.#queue = stillPatient(this.#queue, until, error)
    if (patient.length > 0) await new Promise((resolve) => setTimeout(resolve, 100))
    return patient
  }
}

/** Tells those who cannot wait any longer that the database is away; answers the others. */
function stillPatient(waiting: readonly Waiting[], now: number, cause: unknown): Waiting[] {
  const patient: Waiting[] = []
  for (const one of waiting) {
    const { item, since, reject } = one
    if (now - since < (item.patienceMs ?? Number.MAX_VALUE)) patient.push(one)
    else reject(new Problem('unavailable', 'The database is not reachable right now', { cause, retryAfterSeconds: 1 }))
  }
  return patient
}

/** Whatever cannot be done holds up itself only. */
function oneByOne(batch: readonly Waiting[]): Waiting[] {
  for (const waiting of batch) waiting.alone = true
  return [...batch]
}

/** True when the item has its answer. */
function settle(waiting: Waiting, fate: Fate | undefined): boolean {
  if (fate === undefined || fate === 'busy') return false
  if ('done' in fate) waiting.resolve(fate.done)
  else
    waiting.reject(
      fate.failed instanceof HeadMissing ? new Problem('not_found', 'No such session', { cause: fate.failed }) : fate.failed,
    )
  return true
}

/** Nothing was committed: whoever broke it is told, the others run again. */
function without(batch: readonly Waiting[], { item, cause }: BrokenFold): Waiting[] {
  const broken = batch.find((waiting) => waiting.item === item)
  broken?.reject(cause)
  return batch.filter((waiting) => waiting !== broken)
}

async function rollBack(client: pg.PoolClient, error: unknown): Promise<Error | undefined> {
  const broken = error instanceof Error ? error : new Error(String(error))
  if (isAway(error)) return broken
  return client.query('rollback').then(
    () => undefined,
    () => broken,
  )
}
