// Stores the beats of the workers connected here: with them their leases are renewed, in one statement for all of them.
import type pg from 'pg'
import { renew } from '../leases.ts'
import type { Beaten, Streams } from '../streams.ts'
import type { WorkerTally } from '../worker-tally.ts'
import type { Duty } from './duty.ts'

export interface RenewalsOptions {
  pool: pg.Pool
  streams: Streams
  /** Written with the beats. */
  tally: WorkerTally
  /** How often a worker beats; ms. */
  beat: number
  /** How long a renewed lease holds; ms. */
  lease: number
  /** Process clock, ms. */
  clock(): number
  /** A worker whose lease may have ended can be given tasks again. */
  isBack(): void
}

/** Beats are gathered for this share of a beat before they are written. */
const beatShare = 0.4

export class Renewals {
  readonly duty: Duty
  readonly #options: RenewalsOptions
  #underWay: Promise<void> = Promise.resolve()

  constructor(options: RenewalsOptions) {
    this.#options = options
    this.duty = { name: 'renew_leases', everyMs: options.beat * beatShare, run: () => this.#run() }
  }

  /** Once what is on its way to the database is there, or has failed: a lease that is shortened before would be renewed after. */
  async arrived(): Promise<void> {
    await this.#underWay.catch(() => {})
  }

  async #run(): Promise<Record<string, number>> {
    const { pool, tally, streams } = this.#options
    const renewals = streams.beaten()
    if (renewals.length > 0) {
      this.#underWay = this.#renew(renewals)
      await this.#underWay
    }
    await tally.write(pool)
    return renewals.length > 0 ? { renewed: renewals.length } : ({} as Record<string, number>)
  }

  /** Beats that could not be stored are stored with the next. */
  async #renew(renewals: readonly Beaten[]): Promise<void> {
    const { pool, streams, lease, clock, isBack } = this.#options
    const at = clock()
    await renew(
      pool,
      renewals.map(({ beat }) => beat),
      lease,
    )
    if (streams.renewed(renewals, at)) isBack()
  }
}
