// Schedules on a real database: what is due is made so by moving the row's time, because time is the database's.
import { Cron } from 'croner'
import pino from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { freshDatabase } from '../../../test/support/cluster.ts'
import { countingRegistration } from '../../../test/support/counting.ts'
import { defaultOrgId, newId, type Uuid } from '../../contract/ids.ts'
import { toJsonText } from '../../contract/json.ts'
import type { WorkflowType } from '../../contract/workflow.ts'
import { connect, type Db } from '../../db/connect.ts'
import { insertEvents } from '../../resources/events/log.ts'
import type { Ports } from '../ports.ts'
import { standaloneRegistration } from '../standalone.ts'
import { forgetEnded } from '../upkeep/forget-ended.ts'
import { Schedules } from './schedules.ts'
import type { ScheduleRow } from './store.ts'

let db: Db
let close: () => Promise<void>
beforeEach(async () => {
  const database = await freshDatabase()
  db = connect({ url: database.url })
  await db.engine.insertInto('organizations').values({ id: defaultOrgId, name: 'Default' }).execute()
  close = async () => {
    await db.close()
    await database.drop()
  }
})
afterEach(() => close())

const counting: WorkflowType<unknown> = {
  ...(countingRegistration.type as WorkflowType<unknown>),
  begin(input) {
    if (input === null) throw new Error('nothing to count')
    const task = { key: 'step-1', kind: 'count', class: 'pure' as const, input: { n: 1 } }
    return { state: { done: 0, of: 1, class: 'pure', outcomes: [] }, tasks: [task] }
  },
}
const ports: Ports = { appendEvents: insertEvents, effects: new Map(), published: () => {} }

/** What one control plane does. */
const process = (known: readonly WorkflowType<unknown>[] = [counting]): Schedules => {
  const types = new Map(
    [...known, standaloneRegistration.type as WorkflowType<unknown>].map((type) => [type.type, type] as const),
  )
  return new Schedules({ db: db.engine, types, ports, log: pino({ level: 'silent' }), began: () => {} })
}

/** A schedule of every minute that was due `agoMs` before now. */
async function schedule(given: Partial<ScheduleRow> & { agoMs?: number } = {}): Promise<Uuid> {
  const { agoMs = 0, target_input = {}, retry_policy = null, ...rest } = given
  const id = newId()
  const row = {
    id,
    org_id: defaultOrgId,
    name: id,
    cron_expression: '* * * * * *',
    target_type: 'activity' as const,
    target_name: 'report',
    ...rest,
    target_input: toJsonText(target_input),
    retry_policy: retry_policy === null ? null : toJsonText(retry_policy),
  }
  await db.engine.insertInto('schedules').values(row).execute()
  await due(id, agoMs)
  return id
}

const due = (id: Uuid, agoMs: number) =>
  db.enginePool.query(
    `update schedules set next_trigger_at = date_trunc('second', clock_timestamp()) - $2 * interval '1 ms' where id = $1`,
    [id, agoMs],
  )

const executions = (id: Uuid) =>
  db.engine
    .selectFrom('schedule_executions')
    .selectAll()
    .where('schedule_id', '=', id)
    .orderBy('slot')
    .orderBy('created_at')
    .execute()
const one = async (id: Uuid) => db.engine.selectFrom('schedules').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const endWorkflow = (id: Uuid | null | undefined) =>
  db.enginePool.query(`update workflows set status = 'completed', completed_at = clock_timestamp() where id = $1`, [id])

test('what is due begins once, however many processes look, and the schedule moves on', async () => {
  const id = await schedule({ cron_expression: '0 * * * *', target_input: { week: 47 }, retry_policy: { max_attempts: 5 } })
  await db.enginePool.query(`update schedules set next_trigger_at = date_trunc('hour', clock_timestamp()) where id = $1`, [id])
  const fired = await Promise.all([process(), process(), process()].map((schedules) => schedules.fireDue()))
  expect(fired.reduce((sum, n) => sum + n)).toBe(1)
  const [execution, ...more] = await executions(id)
  expect(more).toEqual([])
  expect(execution).toMatchObject({ status: 'running', slot: expect.any(Date) })
  const tasks = await db.engine.selectFrom('tasks').selectAll().execute()
  expect(tasks).toMatchObject([
    { id: execution?.task_id, kind: 'report', input: { week: 47 }, status: 'pending', max_failures: 5 },
  ])
  const { next_trigger_at, last_triggered_at } = await one(id)
  expect(Number(next_trigger_at)).toBe(Number(execution?.slot) + 3_600_000)
  expect(last_triggered_at).not.toBeNull()
  expect(await process().fireDue()).toBe(0)
})

test('a time that was run is not run again, even when somebody sets the schedule back', async () => {
  const id = await schedule({ cron_expression: '0 * * * *' })
  for (let n = 0; n < 2; n += 1) {
    await db.enginePool.query(`update schedules set next_trigger_at = date_trunc('hour', clock_timestamp()) where id = $1`, [id])
    await process().fireDue()
  }
  expect(await executions(id)).toHaveLength(1)
  expect(await db.engine.selectFrom('tasks').select('id').execute()).toHaveLength(1)
})

test('a workflow begins by the name of its type; a type that only another release knows is left to it', async () => {
  const id = await schedule({ target_type: 'workflow', target_name: 'counting' })
  expect(await process([]).fireDue()).toBe(0)
  expect(await process().fireDue()).toBeGreaterThan(0)
  const [execution] = await executions(id)
  const workflow = await db.engine
    .selectFrom('workflows')
    .selectAll()
    .where('id', '=', execution?.workflow_id ?? '')
    .executeTakeFirst()
  expect(workflow).toMatchObject({ type: 'counting', status: 'running', org_id: defaultOrgId })
  expect(await db.engine.selectFrom('tasks').select(['kind', 'status']).execute()).toContainEqual({
    kind: 'count',
    status: 'pending',
  })
  const head = await db.engine
    .selectFrom('session_heads')
    .selectAll()
    .where('live_turn', '=', workflow?.id ?? '')
    .executeTakeFirst()
  expect(head?.session_id).toBe(workflow?.session_id)
})

test('runs that go on hold back the next ones, and ended runs make room', async () => {
  const id = await schedule({ max_concurrent: 1, cron_expression: '0 * * * *' })
  const schedules = process()
  const first = await schedules.trigger(defaultOrgId, id)
  await schedules.trigger(defaultOrgId, id)
  const [running, skipped] = await executions(id)
  expect(running).toMatchObject({ id: first, status: 'running', slot: null })
  expect(skipped).toMatchObject({ status: 'skipped', error: '1 of at most 1 runs still go on', workflow_id: null })
  await endWorkflow(running?.workflow_id)
  await schedules.trigger(defaultOrgId, id)
  expect((await executions(id)).map(({ status }) => status)).toEqual(['completed', 'skipped', 'running'])
})

test('a run whose workflow is forgotten keeps its end and makes room for the next one', async () => {
  const id = await schedule({ max_concurrent: 1, cron_expression: '0 * * * *' })
  const schedules = process()
  await schedules.trigger(defaultOrgId, id)
  await endWorkflow((await executions(id))[0]?.workflow_id)
  expect(await forgetEnded({ pool: db.enginePool, days: 0, after: [] }).run()).toEqual({ forgotten: 1 })
  expect(await executions(id)).toMatchObject([{ status: 'completed', completed_at: expect.any(Date), error: null }])
  await schedules.trigger(defaultOrgId, id)
  expect((await executions(id)).map(({ status }) => status)).toEqual(['completed', 'running'])
})

test('a run whose workflow is gone without a word holds nobody back', async () => {
  const id = await schedule({ max_concurrent: 1, cron_expression: '0 * * * *' })
  const schedules = process()
  await schedules.trigger(defaultOrgId, id)
  await db.enginePool.query('delete from workflows')
  await schedules.trigger(defaultOrgId, id)
  const [gone, next] = await executions(id)
  expect(gone).toMatchObject({ status: 'failed', completed_at: null, error: expect.stringContaining('not known') })
  expect(next?.status).toBe('running')
})

test('after a pause of ten minutes the last time is made up for, or as many as the schedule says', async () => {
  const [once, caughtUp] = [
    await schedule({ cron_expression: '* * * * *' }),
    await schedule({ cron_expression: '* * * * *', catch_up_missed: true, max_catch_up: 3 }),
  ]
  await db.enginePool.query(
    `update schedules set next_trigger_at = date_trunc('minute', clock_timestamp()) - interval '10 minutes'`,
  )
  await process().fireDue()
  expect(await executions(once)).toHaveLength(1)
  const slots = (await executions(caughtUp)).map(({ slot }) => Number(slot))
  expect(slots).toHaveLength(3)
  expect(slots.map((slot) => slot - Number(slots[0]))).toEqual([0, 60_000, 120_000])
})

/** How many times of any schedule were looked for while `act` ran. */
async function timesFound(act: () => Promise<unknown>): Promise<number> {
  const looks = vi.spyOn(Cron.prototype, 'previousRuns')
  await act()
  const found = looks.mock.results.flatMap(({ value }) => value)
  looks.mockRestore()
  return found.length
}

test('a schedule that may make up for a thousand times looks for a few only while none was missed', async () => {
  const id = await schedule({ cron_expression: '* * * * *', catch_up_missed: true, max_catch_up: 1_000 })
  await db.enginePool.query(`update schedules set next_trigger_at = date_trunc('minute', clock_timestamp()) where id = $1`, [id])
  expect(await timesFound(() => process().fireDue())).toBeLessThan(10)
  expect((await executions(id)).length).toBeLessThanOrEqual(2)
  expect((await one(id)).last_triggered_at).not.toBeNull()
})

test('a look that comes a little late drops no time', async () => {
  const id = await schedule({ agoMs: 3_000 })
  await process().fireDue()
  expect((await executions(id)).length).toBeGreaterThanOrEqual(4)
})

test('a target that cannot begin is written down as failed and holds nobody up', async () => {
  const [bad, good] = [
    await schedule({ target_type: 'workflow', target_name: 'counting', target_input: null }),
    await schedule({ cron_expression: '0 * * * * *' }),
  ]
  await process().fireDue()
  expect(await executions(bad)).toContainEqual(expect.objectContaining({ status: 'failed', error: 'nothing to count' }))
  expect(Number((await one(bad)).next_trigger_at)).toBeGreaterThan(Date.now() - 2_000)
  expect((await one(good)).last_triggered_at).not.toBeNull()
})

test('the record of a schedule does not grow for ever', async () => {
  const id = await schedule()
  await process().fireDue()
  await db.enginePool.query(`update schedule_executions set created_at = created_at - interval '100 days', status = 'completed'`)
  await due(id, 0)
  await process().fireDue()
  expect((await executions(id)).every(({ created_at }) => Number(created_at) > Date.now() - 86_400_000)).toBe(true)
})

test('a schedule that is not there cannot be triggered', async () => {
  await expect(process().trigger(defaultOrgId, newId())).rejects.toMatchObject({ kind: 'not_found' })
})
