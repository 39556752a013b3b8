import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HandWorker, startCounting } from '../../../test/support/counting.ts'
import { type OperationHouse, operationHouse } from '../../../test/support/operations.ts'
import type { Assignment } from '../../contract/control-plane.ts'
import { defaultOrgId, newId, type Uuid } from '../../contract/ids.ts'
import { createSession } from '../sessions/create.ts'
import { dismissDlq } from './dlq/dismiss.ts'
import { listDlq } from './dlq/list.ts'
import { retryDlq } from './dlq/retry.ts'
import { getHealth } from './health/get.ts'
import { getMetricsTimeseries } from './metrics/timeseries.ts'
import { enqueueTask } from './tasks/enqueue.ts'
import { listDurableTasks } from './tasks/list.ts'
import { drainWorker, resumeWorker } from './workers/drain.ts'
import { listWorkers } from './workers/list.ts'
import { cancelWorkflow, sendSignal } from './workflows/cancel.ts'
import { getWorkflow, getWorkflowEvents } from './workflows/get.ts'
import { listWorkflows } from './workflows/list.ts'

let house: OperationHouse
let workers: HandWorker[]
beforeEach(async () => {
  house = await operationHouse()
  workers = []
})
afterEach(async () => {
  for (const worker of workers) worker.cut()
  await house.close()
})

async function connected(slots: number): Promise<HandWorker> {
  const worker = new HandWorker()
  workers.push(worker)
  worker.connect(house.engine.controlPlane, slots)
  await worker.until(() => worker.received.find((message) => message.kind === 'welcome'))
  return worker
}

async function head(): Promise<Uuid> {
  const id = newId()
  await house.db.engine.insertInto('session_heads').values({ session_id: id, org_id: defaultOrgId }).execute()
  return id
}

/** An assignment may come twice right after a worker connected: it is found by what it is, not by its number. */
const given = (worker: HandWorker, fits: (assignment: Assignment) => boolean) => worker.until(() => worker.assignments.find(fits))
const step = (worker: HandWorker, key: string) => given(worker, (assignment) => assignment.key === key)

const duty = (name: string) => house.engine.duties.find((one) => one.name === name)?.run()
const isDone = (worker: HandWorker, n: number) =>
  worker.until(() => worker.received.filter((message) => message.kind === 'finished')[n - 1])
const failFor = (worker: HandWorker, { task }: Assignment) =>
  worker.send({ kind: 'fail', task, error: 'no good', retryable: false })

/** What the totals would be if somebody counted. */
async function counted() {
  const { rows } = await sql<Record<string, number>>`
    select (select count(*) from tasks where attempt > 0) as started_tasks,
      (select count(*) from tasks where status = 'completed') as completed_tasks,
      (select count(*) from tasks where status = 'dead') as failed_tasks,
      (select count(*) from workflows where type <> 'standalone') as started_workflows,
      (select count(*) from workflows where type <> 'standalone' and status = 'completed') as completed_workflows,
      (select count(*) from workflows where type <> 'standalone' and status in ('failed', 'cancelled')) as failed_workflows`.execute(
    house.db.engine,
  )
  return rows[0]
}

describe('the totals', () => {
  test('are what somebody would count, whoever finished what and however', async () => {
    const [diligent, clumsy] = [await connected(4), await connected(0)]
    diligent.diligent = true
    const heads = await Promise.all(Array.from({ length: 20 }, head))
    await Promise.all(heads.map((session) => startCounting(house.engine, session, 3)))
    await house.ask(enqueueTask, { activity_type: 'count', input: {} })
    await isDone(diligent, 61)
    diligent.cut()
    clumsy.send({ kind: 'credit', slots: 1 })
    const doomed = await startCounting(house.engine, await head(), 1)
    failFor(clumsy, await clumsy.nthAssignment(0))
    await isDone(clumsy, 1)
    const cancelled = await startCounting(house.engine, await head(), 2)
    await house.ask(cancelWorkflow, { workflow_id: cancelled })

    const health = await house.ask(getHealth)
    expect(health).toMatchObject(await counted().then((totals) => totals ?? {}))
    expect(health).toMatchObject({ started_workflows: 22, completed_workflows: 21, failed_workflows: 1, completed_tasks: 61 })
    expect((await house.ask(getWorkflow, { workflow_id: doomed })).status).toBe('completed')
  })

  test('of an hour are kept ten seconds apart, in memory', async () => {
    expect(await house.ask(getMetricsTimeseries)).toEqual({ points: [], resolution_seconds: 10, instance_count: 1 })
  })
})

describe('health', () => {
  test('says that nobody takes the work that waits', async () => {
    expect(await house.ask(getHealth)).toMatchObject({ status: 'healthy', total_workers: 0, load_percentage: 0 })
    await startCounting(house.engine, await head(), 1)
    expect(await house.ask(getHealth)).toMatchObject({ status: 'unhealthy', pending_tasks: 1, running_workflows: 1 })
    const worker = await connected(2)
    await worker.nthAssignment(0)
    expect(await house.ask(getHealth)).toMatchObject({
      status: 'healthy',
      workers_accepting: 1,
      total_capacity: 2,
      current_load: 1,
      load_percentage: 50,
    })
  })

  test('is troubled by a worker that vanished', async () => {
    await connected(1)
    await house.db.enginePool.query(`update workers set lease_until = clock_timestamp() - interval '1 s'`)
    expect((await house.ask(getHealth)).status).toBe('degraded')
    const { data, summary } = await house.ask(listWorkers, { status: 'stale' })
    expect(data).toMatchObject([{ status: 'stale', accepting_tasks: false }])
    expect(summary).toMatchObject({ active: 0, stale: 1, total_capacity: 0 })
  })
})

describe('workers', () => {
  test('show what they are and what they have done', async () => {
    const worker = await connected(3)
    await startCounting(house.engine, await head(), 1)
    worker.finish(await worker.nthAssignment(0))
    await isDone(worker, 1)
    await duty('renew_leases')
    const { data, total } = await house.ask(listWorkers)
    expect(total).toBe(1)
    expect(data[0]).toMatchObject({
      id: worker.incarnation,
      activity_types: ['count'],
      max_concurrency: 3,
      current_load: 0,
      status: 'active',
      tasks_completed: 1,
      tasks_failed: 0,
      avg_task_duration_ms: expect.any(Number),
      metadata: { name: 'by-hand', in_process: false },
    })
    expect((await house.ask(listWorkers, { worker_group: 'other' })).data).toEqual([])
  })

  test('that are drained finish what they run and are given nothing, also after a reconnect, until they are resumed', async () => {
    const worker = await connected(3)
    await startCounting(house.engine, await head(), 2)
    const running = await worker.nthAssignment(0)
    expect(await house.ask(drainWorker, { worker_id: worker.incarnation })).toEqual({ status: 'draining' })
    await worker.until(() => worker.received.find((message) => message.kind === 'drain'))
    worker.finish(running)
    await isDone(worker, 1)

    worker.cut()
    worker.connect(house.engine.controlPlane, 3)
    await worker.until(() => worker.received.filter((message) => message.kind === 'drain')[1])
    await duty('dispatch_ready')
    expect(worker.assignments.filter(({ key }) => key === 'step-2')).toEqual([])
    expect(await house.ask(getHealth)).toMatchObject({ pending_tasks: 1, workers_accepting: 0, status: 'unhealthy' })

    expect(await house.ask(resumeWorker, { worker_id: 'by-hand' })).toEqual({ status: 'active' })
    await duty('dispatch_ready')
    expect((await step(worker, 'step-2')).task.attempt).toBe(1)
  })

  test('connected to another control plane hear of it from its next look', async () => {
    const worker = await connected(1)
    await house.db.enginePool.query(`update workers set status = 'draining'`)
    await duty('dispatch_ready')
    expect(await worker.until(() => worker.received.find((message) => message.kind === 'drain'))).toEqual({ kind: 'drain' })
  })

  test('that nobody knows cannot be drained', async () => {
    await expect(house.ask(drainWorker, { worker_id: 'nobody' })).rejects.toMatchObject({ kind: 'not_found' })
  })

  test('that vanished long ago are stopped, unless they still hold something', async () => {
    const [idle, busy] = [await connected(0), await connected(1)]
    await startCounting(house.engine, await head(), 1)
    await busy.nthAssignment(0)
    await house.db.enginePool.query(`update workers set lease_until = clock_timestamp() - interval '2 minutes'`)
    expect(await duty('retire_silent_workers')).toEqual({})
    await house.db.enginePool.query(`update duty_stamps set at = clock_timestamp()`)
    expect(await duty('retire_silent_workers')).toEqual({ retired: 1 })
    const { data } = await house.ask(listWorkers)
    expect(data.map(({ id, status }) => [id, status]).sort()).toEqual(
      [
        [idle.incarnation, 'stopped'],
        [busy.incarnation, 'stale'],
      ].sort(),
    )
    await idle.beat()
    await duty('renew_leases')
    expect((await house.ask(listWorkers, { status: 'active' })).data.map(({ id }) => id)).toEqual([idle.incarnation])
  })
})

describe('a task that stands alone', () => {
  test('is run like any other and shown without a workflow', async () => {
    const { task_id } = await house.ask(enqueueTask, { activity_type: 'count', input: { n: 1 }, options: { priority: 5 } })
    const worker = await connected(1)
    const assigned = await worker.nthAssignment(0)
    expect(assigned).toMatchObject({ step: 'count', class: 'idempotent', input: { n: 1 }, task: { id: task_id, attempt: 1 } })
    worker.finish(assigned)
    await isDone(worker, 1)
    const { data, total } = await house.ask(listDurableTasks, { status: 'completed' })
    expect(total).toBe(1)
    expect(data[0]).toMatchObject({ id: task_id, activity_type: 'count', priority: 5, attempt: 1, max_attempts: 3 })
    expect(data[0]).not.toHaveProperty('workflow_id')
    expect((await house.ask(listWorkflows)).data).toEqual([])
  })

  test('that dies is a dead letter until it is put back, once', async () => {
    const { task_id } = await house.ask(enqueueTask, { activity_type: 'count', input: { n: 7 }, options: { max_attempts: 1 } })
    const worker = await connected(4)
    worker.send({ kind: 'fail', task: (await worker.nthAssignment(0)).task, error: 'no disk', retryable: true })
    await isDone(worker, 1)
    const { data } = await house.ask(listDlq)
    expect(data).toMatchObject([
      {
        id: task_id,
        original_task_id: task_id,
        activity_type: 'count',
        input: { n: 7 },
        attempts: 1,
        error_history: ['no disk'],
      },
    ])
    expect(await house.ask(getHealth)).toMatchObject({ dlq_size: 1, status: 'degraded' })

    const successor = await house.ask(retryDlq, { dlq_id: task_id })
    expect(await given(worker, ({ task }) => task.id === successor)).toMatchObject({ input: { n: 7 } })
    expect((await house.ask(listDlq)).data).toEqual([])
    await expect(house.ask(retryDlq, { dlq_id: task_id })).rejects.toMatchObject({ kind: 'not_found' })
  })

  test('is refused when ten thousand wait, and when it is a step of turns', async () => {
    await sql`insert into tasks (id, org_id, key, kind, class, status, input)
      select gen_random_uuid(), ${defaultOrgId}, 'standalone', 'count', 'idempotent', 'pending', '{}' from generate_series(1, 10000)`.execute(
      house.db.engine,
    )
    const full = house.ask(enqueueTask, { activity_type: 'count', input: {} })
    await expect(full).rejects.toMatchObject({ kind: 'conflict', code: 'standalone_task_queue_limit_exceeded' })
    const step = house.ask(enqueueTask, { activity_type: 'reason', input: {} })
    await expect(step).rejects.toMatchObject({ kind: 'bad_request' })
  })
})

describe('workflows', () => {
  test('are listed with what happened to them', async () => {
    const worker = await connected(1)
    const id = await startCounting(house.engine, await head(), 2)
    worker.finish(await step(worker, 'step-1'))
    worker.finish(await step(worker, 'step-2'))
    await isDone(worker, 2)
    const { data } = await house.ask(listWorkflows, { status: 'completed', workflow_type: 'counting' })
    expect(data).toMatchObject([{ id, workflow_type: 'counting', status: 'completed', result: { value: 2 } }])
    expect(await house.ask(getWorkflow, { workflow_id: id })).toEqual(data[0])
    const events = await house.ask(getWorkflowEvents, { workflow_id: id })
    expect(
      events.data.map(({ sequence_num, event_type, event_data }) => [sequence_num, event_type, event_data.activity_id]),
    ).toEqual([
      [0, 'workflow_started', undefined],
      [1, 'activity_scheduled', 'step-1'],
      [2, 'activity_started', 'step-1'],
      [3, 'activity_completed', 'step-1'],
      [4, 'activity_scheduled', 'step-2'],
      [5, 'activity_started', 'step-2'],
      [6, 'activity_completed', 'step-2'],
      [7, 'workflow_completed', undefined],
    ])
  })

  test('of another organisation do not exist', async () => {
    const id = await startCounting(house.engine, await head(), 1)
    const caller = { orgId: newId() }
    expect(await house.ask(listWorkflows, {}, caller)).toEqual({ data: [], total: 0 })
    expect(await house.ask(listDurableTasks, {}, caller)).toEqual({ data: [], total: 0 })
    const noSuch = { kind: 'not_found' }
    await expect(house.ask(getWorkflow, { workflow_id: id }, caller)).rejects.toMatchObject(noSuch)
    await expect(house.ask(getWorkflowEvents, { workflow_id: id }, caller)).rejects.toMatchObject(noSuch)
    await expect(house.ask(cancelWorkflow, { workflow_id: id }, caller)).rejects.toMatchObject(noSuch)
  })

  test('are cancelled by an admin or a signal, and only while they live', async () => {
    const [one, two] = [await startCounting(house.engine, await head(), 1), await startCounting(house.engine, await head(), 1)]
    const worker = await connected(1)
    await worker.nthAssignment(0)
    expect((await house.ask(cancelWorkflow, { workflow_id: one })).status).toBe('cancelled')
    expect((await house.ask(cancelWorkflow, { workflow_id: one })).status).toBe('no_op')
    expect((await house.ask(sendSignal, { workflow_id: two, signal_type: 'shutdown' })).status).toBe('no_op')
    expect((await house.ask(sendSignal, { workflow_id: two, signal_type: 'cancel' })).status).toBe('cancelled')
    await expect(house.ask(sendSignal, { workflow_id: newId(), signal_type: 'x' })).rejects.toMatchObject({ kind: 'not_found' })
    const { data } = await house.ask(getWorkflowEvents, { workflow_id: two })
    expect(data.map(({ event_type }) => event_type).slice(-2)).toEqual(['activity_cancelled', 'workflow_cancelled'])
  })
})

describe('a turn', () => {
  const text = (text: string) => ({ content: [{ type: 'text' as const, text }] })
  const begin = async () => {
    const { id } = await house.ask(createSession, {})
    const session = `${id.slice(8, 16)}-${id.slice(16, 20)}-${id.slice(20, 24)}-${id.slice(24, 28)}-${id.slice(28)}`
    const { message } = await house.turns.accept(defaultOrgId, session, text('hi'))
    return { session, wire: id, messageId: message.id, turn: (await live(session)) ?? '' }
  }
  const live = async (session: Uuid) =>
    (await house.db.engine.selectFrom('session_heads').select('live_turn').where('session_id', '=', session).executeTakeFirst())
      ?.live_turn
  const typesOf = async (session: Uuid) =>
    (
      await house.db.engine.selectFrom('events').select('type').where('session_id', '=', session).orderBy('sequence').execute()
    ).map(({ type }) => type)

  test('is a workflow that names its session and its message', async () => {
    const { turn, wire, messageId } = await begin()
    expect(await house.ask(getWorkflow, { workflow_id: turn })).toMatchObject({
      workflow_type: 'turn',
      status: 'running',
      input: { session_id: wire, input_message_id: messageId },
    })
  })

  test('is cancelled in its session, and only if it is the one that was meant', async () => {
    const first = await begin()
    await house.ask(cancelWorkflow, { workflow_id: first.turn })
    expect(await typesOf(first.session)).toContain('turn.cancelled')
    await house.turns.accept(defaultOrgId, first.session, text('again'))
    expect((await house.ask(cancelWorkflow, { workflow_id: first.turn })).status).toBe('no_op')
    expect(await live(first.session)).not.toBeNull()
  })

  test('whose step is dead tells what to do instead of putting it back', async () => {
    const { turn, wire } = await begin()
    await house.db.enginePool.query(
      `update tasks set status = 'dead', completed_at = now(), attempt = 3 where workflow_id = $1`,
      [turn],
    )
    const [entry] = (await house.ask(listDlq, { workflow_id: turn })).data
    expect(entry).toMatchObject({ workflow_id: turn, activity_id: 'reason-1', attempts: 3 })
    await duty('find_zombies')
    await expect(house.ask(retryDlq, { dlq_id: entry?.id ?? '' })).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining(`/v1/sessions/${wire}/messages`),
    })
  })

  test('whose dead step was seen is taken off the list, and health speaks of it no more', async () => {
    const { turn } = await begin()
    const die = `update tasks set status = 'dead', completed_at = now(), attempt = 3 where workflow_id = $1`
    await house.db.enginePool.query(die, [turn])
    await duty('find_zombies')
    const dead = async () => (await house.ask(getHealth)).dlq_size
    const before = await dead()
    const [entry] = (await house.ask(listDlq, { workflow_id: turn })).data
    await house.ask(dismissDlq, { dlq_id: entry?.id ?? '' })
    expect((await house.ask(listDlq, { workflow_id: turn })).data).toEqual([])
    expect(await dead()).toBe(before - 1)
    await expect(house.ask(dismissDlq, { dlq_id: entry?.id ?? '' })).rejects.toMatchObject({ kind: 'not_found' })
  })

  test('that nothing would ever move is ended, so that its session goes on', async () => {
    const { session } = await begin()
    expect(await duty('find_zombies')).toEqual({})
    await house.db.enginePool.query(`delete from tasks where session_id = $1`, [session])
    expect(await duty('find_zombies')).toEqual({ repaired: 1 })
    expect(house.engine.vitals().zombies).toBe(1)
    expect((await typesOf(session)).slice(-3)).toEqual(['output.message.completed', 'turn.failed', 'session.idled'])
    expect(await live(session)).toBeNull()
    expect(await duty('find_zombies')).toEqual({})
    expect(house.engine.vitals().zombies).toBe(0)
    await house.turns.accept(defaultOrgId, session, text('still there?'))
    expect(await live(session)).not.toBeNull()
  })
})

test('a zombie of a type that has no answer is only told about, and a paused workflow is none', async () => {
  const [lost, paused] = [await startCounting(house.engine, await head(), 1), await startCounting(house.engine, await head(), 1)]
  await house.db.enginePool.query(`update workflows set status = 'paused' where id = $1`, [paused])
  await house.db.enginePool.query('delete from tasks')
  expect(await duty('find_zombies')).toEqual({})
  expect(house.engine.vitals().zombies).toBe(1)
  expect((await house.ask(getWorkflow, { workflow_id: lost })).status).toBe('running')
})

test('tasks that wait although a worker is free are counted, and so are tasks held past their lease', async () => {
  const worker = await connected(0)
  await startCounting(house.engine, await head(), 1)
  await house.db.enginePool.query(`update workers set capacity = 1`)
  await house.db.enginePool.query(`update tasks set visible_at = clock_timestamp() - interval '1 minute'`)
  await duty('find_zombies')
  expect(house.engine.vitals()).toMatchObject({ stuckTasks: 1, overdueTasks: 0 })
  worker.send({ kind: 'credit', slots: 1 })
  await worker.nthAssignment(0)
  await house.db.enginePool.query(`update workers set lease_until = clock_timestamp() - interval '1 minute'`)
  await duty('find_zombies')
  expect(house.engine.vitals()).toMatchObject({ stuckTasks: 0, overdueTasks: 1 })
})
