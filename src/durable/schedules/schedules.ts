// Schedules while they run: what is due begins, and the schedule moves on, in one transaction on the database's clock. Any number
// of processes may do it at once: each due schedule is locked, and a time that is due has one row.
import type { Kysely, Transaction } from 'kysely'
import type { Logger } from 'pino'
import { failpoint } from '../../contract/failpoint.ts'
import type { Uuid } from '../../contract/ids.ts'
import { Problem } from '../../contract/problem.ts'
import { isOutage } from '../../db/outage.ts'
import type { Database } from '../../db/schema.ts'
import { type Beginner, beginTarget } from './begin.ts'
import { dueSlots, nextSlot, type Rhythm } from './cron.ts'
import {
  advance,
  dueSchedules,
  type Execution,
  forgetExecutions,
  hasExecution,
  insertExecution,
  type LockedSchedule,
  lockDue,
  lockSchedule,
  type ScheduleKey,
  type ScheduleRow,
  settleRunning,
} from './store.ts'

export interface SchedulesOptions extends Beginner {
  db: Kysely<Database>
  log: Logger
  /** After a commit that put tasks into the queue. */
  began(): void
}

/** Fired in one run of the duty at most. */
const dueMax = 100
/** A time that is due for less than this was not missed: somebody was only slow. */
const lateMs = 5_000

const rhythmOf = ({ cron_expression: cron, timezone }: ScheduleRow): Rhythm => ({ cron, timezone })

export class Schedules {
  readonly #options: SchedulesOptions

  constructor(options: SchedulesOptions) {
    this.#options = options
  }

  /** Whether a schedule may name this workflow type. */
  canBegin(typeName: string): boolean {
    return this.#options.types.get(typeName)?.begin !== undefined
  }

  /** Begins everything that is due; answers how many times were dealt with. */
  async fireDue(): Promise<number> {
    const { db, log, types, began } = this.#options
    const known = [...types.keys()].filter((name) => this.canBegin(name))
    let fired = 0
    for (const key of await dueSchedules(db, known, dueMax)) {
      fired += await this.#fire(key).catch((error) => {
        if (isOutage(error)) throw error
        log.error({ err: error, schedule_id: key.id }, 'a schedule could not be fired')
        return this.#giveUp(key, error)
      })
      await failpoint('schedule.after_commit')
    }
    if (fired > 0) began()
    return fired
  }

  /** Runs it now, paused or not. Problem `not_found`. */
  async trigger(orgId: Uuid, id: Uuid): Promise<Uuid> {
    const execution = await this.#options.db.transaction().execute(async (tx) => {
      const schedule = await lockSchedule(tx, { org_id: orgId, id })
      if (!schedule) throw new Problem('not_found', 'There is no such schedule')
      await advance(tx, schedule, undefined)
      return insertExecution(tx, schedule, null, await this.#begin(tx, schedule))
    })
    this.#options.began()
    if (!execution) throw new Error('an execution without a slot met another')
    return execution
  }

  #fire(key: ScheduleKey): Promise<number> {
    return this.#advancing(key, async (tx, schedule, slot) => {
      if (await hasExecution(tx, schedule, slot)) return
      await insertExecution(tx, schedule, slot, await this.#begin(tx, schedule))
    })
  }

  /** What cannot begin must not hold the schedule for ever: its times are written down as failed. */
  async #giveUp(key: ScheduleKey, error: unknown): Promise<number> {
    const failed = { status: 'failed' as const, error: error instanceof Error ? error.message : String(error) }
    const written = this.#advancing(key, (tx, schedule, slot) => insertExecution(tx, schedule, slot, failed))
    return written.catch((again) => {
      this.#options.log.error({ err: again, schedule_id: key.id }, 'a schedule cannot move on')
      return 0
    })
  }

  #advancing(
    key: ScheduleKey,
    each: (tx: Transaction<Database>, schedule: LockedSchedule, slot: Date) => Promise<unknown>,
  ): Promise<number> {
    return this.#options.db.transaction().execute(async (tx) => {
      const schedule = await lockDue(tx, key)
      if (!schedule) return 0
      const slots = slotsToFire(schedule)
      for (const slot of slots) await each(tx, schedule, slot)
      await advance(tx, schedule, nextSlot(rhythmOf(schedule), schedule.now))
      await forgetExecutions(tx, schedule)
      await failpoint('schedule.before_commit')
      return slots.length
    })
  }

  /** Begins the target, unless as many runs go on as there may be. */
  async #begin(tx: Transaction<Database>, schedule: LockedSchedule): Promise<Execution> {
    const running = await settleRunning(tx, schedule)
    const { max_concurrent: most } = schedule
    if (most !== null && running >= most) return { status: 'skipped', error: `${running} of at most ${most} runs still go on` }
    return { status: 'running', ...(await beginTarget(tx, schedule, this.#options)) }
  }
}

/**
 * The times to run now. Of those that were missed while nobody looked: as many of the last as are to be caught up, else one. A
 * time that is only just past is never dropped.
 */
function slotsToFire(schedule: LockedSchedule): Date[] {
  const { now, next_trigger_at: next, catch_up_missed, max_catch_up } = schedule
  if (!next) return []
  const rhythm = rhythmOf(schedule)
  const most = catch_up_missed ? (max_catch_up ?? 1) : 1
  const late = new Date(Math.max(next.getTime(), now.getTime() - lateMs))
  const punctual = dueSlots(rhythm, late, now, lateMs / 1_000 + 1).length
  return dueSlots(rhythm, next, now, Math.max(most, punctual))
}
