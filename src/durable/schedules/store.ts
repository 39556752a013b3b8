// The rows of schedules and of their executions, as firing needs them: one function per statement. Time is the database's.
import { type Kysely, type Selectable, sql } from 'kysely'
import { newId, type Uuid } from '../../contract/ids.ts'
import type { Database } from '../../db/schema.ts'
import type { Schedules } from '../../db/schema-engine.ts'
import { runHasEnded, settledColumns } from './run-end.ts'

type Tx = Kysely<Database>

export type ScheduleRow = Selectable<Schedules>
export interface ScheduleKey {
  org_id: Uuid
  id: Uuid
}
/** A schedule as it was locked, and when. */
export type LockedSchedule = ScheduleRow & { now: Date }

const now = sql<Date>`clock_timestamp()`

/** The longest due ones whose target this process can begin; others are left to other releases. */
export const dueSchedules = (tx: Tx, types: readonly string[], most: number): Promise<ScheduleKey[]> =>
  tx
    .selectFrom('schedules')
    .select(['org_id', 'id'])
    .where('next_trigger_at', '<=', now)
    .where((eb) => eb.or([eb('target_type', '=', 'activity'), eb('target_name', 'in', types.length > 0 ? [...types] : [''])]))
    .orderBy('next_trigger_at')
    .limit(most)
    .execute()

/** Locks it if it is still due and nobody else is at it. */
export const lockDue = (tx: Tx, { org_id, id }: ScheduleKey): Promise<LockedSchedule | undefined> =>
  tx
    .selectFrom('schedules')
    .selectAll()
    .select(now.as('now'))
    .where('org_id', '=', org_id)
    .where('id', '=', id)
    .where('next_trigger_at', '<=', now)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst()

/** Locks it, waiting for whoever is at it. */
export const lockSchedule = (tx: Tx, { org_id, id }: ScheduleKey): Promise<LockedSchedule | undefined> =>
  tx
    .selectFrom('schedules')
    .selectAll()
    .select(now.as('now'))
    .where('org_id', '=', org_id)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()

/** `next` is left as it is when undefined. */
export const advance = (tx: Tx, { org_id, id }: ScheduleKey, next: Date | null | undefined): Promise<unknown> =>
  tx
    .updateTable('schedules')
    .set({ last_triggered_at: now, ...(next === undefined ? {} : { next_trigger_at: next }) })
    .where('org_id', '=', org_id)
    .where('id', '=', id)
    .execute()

/** What became of a time that was due. */
export type Execution =
  | { status: 'running'; workflow_id: Uuid; task_id: Uuid | null }
  | { status: 'skipped' | 'failed'; error: string }

/** Null when there is a row for this time already. `slot` null: by hand. */
export async function insertExecution(
  tx: Tx,
  schedule: ScheduleKey,
  slot: Date | null,
  execution: Execution,
): Promise<Uuid | null> {
  const row = await tx
    .insertInto('schedule_executions')
    .values({
      id: newId(),
      org_id: schedule.org_id,
      schedule_id: schedule.id,
      slot,
      ...execution,
      ...(execution.status === 'running' ? {} : { completed_at: now }),
    })
    .onConflict((conflict) => conflict.columns(['schedule_id', 'slot']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id ?? null
}

export async function hasExecution(tx: Tx, { id }: ScheduleKey, slot: Date): Promise<boolean> {
  const found = await tx
    .selectFrom('schedule_executions')
    .select('id')
    .where('schedule_id', '=', id)
    .where('slot', '=', slot)
    .executeTakeFirst()
  return found !== undefined
}

/**
 * Writes down how runs ended whose workflow has ended; answers how many still go on. Runs whose workflow is gone do not: else they
 * would hold back the schedule for ever.
 */
export async function settleRunning(tx: Tx, { id }: ScheduleKey): Promise<number> {
  await sql`
    update schedule_executions e set ${sql.raw(settledColumns)}
    from schedule_executions r left join workflows w on w.id = r.workflow_id
    where r.schedule_id = ${id} and r.status = 'running' and ${sql.raw(runHasEnded)}
      and e.org_id = r.org_id and e.id = r.id and e.status = 'running'`.execute(tx)
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from schedule_executions where schedule_id = ${id} and status = 'running'`.execute(tx)
  return rows[0]?.n ?? 0
}

/** How long the record of what a schedule did is kept. */
const keptDays = 90

export const forgetExecutions = (tx: Tx, { id }: ScheduleKey): Promise<unknown> =>
  sql`delete from schedule_executions
      where schedule_id = ${id} and created_at < clock_timestamp() - ${sql.lit(keptDays)} * interval '1 day' and status <> 'running'`.execute(
    tx,
  )
