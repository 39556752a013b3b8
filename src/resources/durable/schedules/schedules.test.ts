// Schedules through their operations. Who fires them when is tested beside the engine.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OperationHouse, operationHouse } from '../../../../test/support/operations.ts'
import { newId } from '../../../contract/ids.ts'
import { createSchedule } from './create.ts'
import { deleteSchedule } from './delete.ts'
import { getExecution, listScheduleExecutions } from './executions.ts'
import { getSchedule } from './get.ts'
import { listSchedules } from './list.ts'
import { pauseSchedule, resumeSchedule } from './pause.ts'
import { getScheduleStats } from './stats.ts'
import { triggerSchedule } from './trigger.ts'
import { updateSchedule } from './update.ts'

let house: OperationHouse
beforeAll(async () => {
  house = await operationHouse()
})
afterAll(() => house.close())

let names = 0
const target = { type: 'activity' as const, name: 'send_report', input: { week: 47 } }
const weekly = (given: object = {}) => ({ name: `weekly-${++names}`, cron_expression: '0 9 * * MON', target, ...given })
const create = (given: object = {}) => house.ask(createSchedule, weekly(given))
const answers = (kind: string) => expect.objectContaining({ kind })

test('a schedule is due at the next time of its clock', async () => {
  const made = await create({
    timezone: 'Europe/Madrid',
    description: 'Mondays',
    max_concurrent: 1,
    retry_policy: { max_attempts: 2 },
  })
  expect(made).toMatchObject({
    timezone: 'Europe/Madrid',
    description: 'Mondays',
    enabled: true,
    catch_up_missed: false,
    max_concurrent: 1,
    target,
    retry_policy: { max_attempts: 2 },
  })
  const next = new Date(made.next_trigger_at ?? 0)
  expect(
    new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Madrid', weekday: 'short', hour: '2-digit', minute: '2-digit' }).format(
      next,
    ),
  ).toBe('Mon 09:00')
  expect(next.getTime()).toBeGreaterThan(Date.now())
  expect(await house.ask(getSchedule, { schedule_id: made.id })).toEqual(made)
})

test('what cannot be a schedule is refused', async () => {
  const refused = [
    { cron_expression: '* * * *' },
    { cron_expression: '61 * * * *' },
    { cron_expression: '0 0 30 2 *' },
    { cron_expression: '0 0 0 1 1 * 2020' },
    { timezone: 'Mars/Base' },
    { max_concurrent: 0 },
    { max_catch_up: 5_000 },
    { target: { type: 'workflow', name: 'turn' } },
    { target: { type: 'activity', name: 'reason' } },
    { target: { type: 'mail', name: 'x' } },
    { retry_policy: { max_attempts: 'many' } },
    { name: ' ' },
  ]
  for (const wrong of refused) await expect(create(wrong), JSON.stringify(wrong)).rejects.toEqual(answers('bad_request'))
})

test('a name is taken once, also by requests at the same time', async () => {
  const given = weekly()
  const made = await Promise.allSettled([1, 2, 3].map(() => house.ask(createSchedule, given)))
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const lost = made.find(({ status }) => status === 'rejected') as PromiseRejectedResult
  expect(lost.reason).toMatchObject({ kind: 'conflict', code: 'schedule_name_taken' })
})

test('a change of its rhythm moves the next time, another change does not', async () => {
  const made = await create()
  const described = await house.ask(updateSchedule, { schedule_id: made.id, description: 'new', max_concurrent: 2 })
  expect(described).toMatchObject({ next_trigger_at: made.next_trigger_at, description: 'new', max_concurrent: 2 })
  const moved = await house.ask(updateSchedule, { schedule_id: made.id, cron_expression: '30 * * * *', description: null })
  expect(moved.next_trigger_at).not.toBe(made.next_trigger_at)
  expect(moved.description).toBeUndefined()
  expect(moved.max_concurrent).toBe(2)
  const wrong = house.ask(updateSchedule, { schedule_id: made.id, timezone: 'Nowhere' })
  await expect(wrong).rejects.toEqual(answers('bad_request'))
  expect(await house.ask(getSchedule, { schedule_id: made.id })).toEqual(moved)
})

test('a paused schedule is never due, and goes on from now when it is resumed', async () => {
  const made = await create()
  const paused = await house.ask(pauseSchedule, { schedule_id: made.id })
  expect(paused.enabled).toBe(false)
  expect(paused.next_trigger_at).toBeUndefined()
  const listed = await house.ask(listSchedules, { enabled: false })
  expect(listed.data.map(({ id }) => id)).toEqual([made.id])
  expect(await house.ask(resumeSchedule, { schedule_id: made.id })).toMatchObject({
    enabled: true,
    next_trigger_at: made.next_trigger_at,
  })
  const off = await house.ask(updateSchedule, { schedule_id: made.id, enabled: false })
  expect(off.next_trigger_at).toBeUndefined()
})

test('a run by hand is recorded: running until its task has ended, then with how long it took', async () => {
  const made = await create({ max_concurrent: 1 })
  const { execution_id } = await house.ask(triggerSchedule, { schedule_id: made.id })
  const running = await house.ask(getExecution, { execution_id })
  expect(running).toMatchObject({ schedule_id: made.id, status: 'running', task_id: expect.any(String) })
  expect(running.workflow_id).toBeUndefined()
  await house.ask(triggerSchedule, { schedule_id: made.id })
  await house.db.enginePool.query(
    `update workflows set status = 'failed', error = '{"message":"no paper"}', completed_at = clock_timestamp()
     where id = (select workflow_id from tasks where id = $1)`,
    [running.task_id],
  )
  const ended = await house.ask(getExecution, { execution_id })
  expect(ended).toMatchObject({ status: 'failed', error: 'no paper', duration_ms: expect.any(Number) })
  const all = await house.ask(listScheduleExecutions, { schedule_id: made.id })
  expect([all.total, all.data.map(({ status }) => status)]).toEqual([2, ['skipped', 'failed']])
  const failed = await house.ask(listScheduleExecutions, { schedule_id: made.id, status: 'failed' })
  expect(failed.data).toEqual([ended])
  expect(await house.ask(getScheduleStats, { schedule_id: made.id })).toEqual({
    total_executions: 2,
    successful_executions: 0,
    failed_executions: 1,
    skipped_executions: 1,
    avg_duration_ms: ended.duration_ms,
    last_execution_status: 'skipped',
  })
})

test('a run whose workflow is gone is not shown as running', async () => {
  const made = await create()
  const { execution_id } = await house.ask(triggerSchedule, { schedule_id: made.id })
  const { task_id } = await house.ask(getExecution, { execution_id })
  await house.db.enginePool.query('delete from workflows where id = (select workflow_id from tasks where id = $1)', [task_id])
  const gone = await house.ask(getExecution, { execution_id })
  expect(gone).toMatchObject({ status: 'failed', error: expect.stringContaining('not known') })
  expect(await house.ask(getScheduleStats, { schedule_id: made.id })).toMatchObject({ failed_executions: 1 })
})

test('a deleted schedule takes its record along', async () => {
  const made = await create()
  const { execution_id } = await house.ask(triggerSchedule, { schedule_id: made.id })
  await house.ask(deleteSchedule, { schedule_id: made.id })
  await expect(house.ask(getExecution, { execution_id })).rejects.toEqual(answers('not_found'))
  await expect(house.ask(deleteSchedule, { schedule_id: made.id })).rejects.toEqual(answers('not_found'))
})

test('what is not there, or belongs to another organisation, is not found', async () => {
  const made = await create()
  const other = { orgId: newId() }
  const asked = { schedule_id: made.id }
  for (const operation of [getSchedule, pauseSchedule, resumeSchedule, getScheduleStats, deleteSchedule] as const) {
    await expect(house.ask(operation as typeof getSchedule, asked, other)).rejects.toEqual(answers('not_found'))
  }
  await expect(house.ask(triggerSchedule, asked, other)).rejects.toEqual(answers('not_found'))
  await expect(house.ask(listScheduleExecutions, asked, other)).rejects.toEqual(answers('not_found'))
  expect((await house.ask(listSchedules, {}, other)).total).toBe(0)
})
