import { afterEach, beforeEach, expect, test } from 'vitest'
import { HandWorker, startCounting } from '../../test/support/counting.ts'
import { engineOn, type TestEngine, testEngine } from '../../test/support/engine.ts'
import type { WorkerMessage } from '../contract/control-plane.ts'
import { newId } from '../contract/ids.ts'
import type { TaskRef } from '../contract/workflow.ts'
import { register } from './leases.ts'

let world: TestEngine
beforeEach(async () => {
  world = await testEngine()
})
afterEach(() => world.close())

const welcomed = async (worker: HandWorker): Promise<HandWorker> => {
  await worker.until(() => worker.received.find(({ kind }) => kind === 'welcome'))
  return worker
}

const reports: Record<string, (task: TaskRef) => WorkerMessage> = {
  finish: (task) => ({ kind: 'finish', task, value: null, events: [], effects: [], wantsNext: true }),
  fail: (task) => ({ kind: 'fail', task, error: 'x', retryable: false }),
  begin: (task) => ({ kind: 'begin', task, events: [] }),
  emit: (task) => ({ kind: 'emit', task, number: 1, chars: 0, events: [] }),
}

test.each(Object.keys(reports))('nobody can %s what another worker holds', async (kind) => {
  const [holder, other] = [new HandWorker(), new HandWorker()]
  holder.connect(world.engine.controlPlane, 1)
  await welcomed(holder)
  const id = await startCounting(world.engine, await world.head(), 1)
  const { task } = await holder.nthAssignment(0)
  other.connect(world.engine.controlPlane, 0)
  await welcomed(other)
  const report = reports[kind]
  if (report) other.send(report(task))
  expect(await other.until(() => other.received.find((message) => message.kind === 'stop'))).toEqual({
    kind: 'stop',
    task,
    why: 'lost',
  })
  expect(await world.workflow(id)).toMatchObject({ status: 'running', state: { done: 0 } })
  const { rows } = await world.db.enginePool.query('select status, failures, begun_at, emitted from tasks')
  expect(rows).toEqual([{ status: 'claimed', failures: 0, begun_at: null, emitted: 0 }])
})

test.each(Object.keys(reports))(
  'what comes late to %s an earlier attempt leaves the one alone that the same worker runs now',
  async (kind) => {
    const worker = new HandWorker()
    worker.connect(world.engine.controlPlane, 1)
    await welcomed(worker)
    const id = await startCounting(world.engine, await world.head(), 1)
    const { task: earlier } = await worker.nthAssignment(0)
    worker.send({ kind: 'release', tasks: [earlier] })
    expect((await worker.nthAssignment(1)).task).toEqual({ id: earlier.id, attempt: 2 })
    const report = reports[kind]
    if (report) worker.send(report(earlier))
    const stop = await worker.until(() => worker.received.find((message) => message.kind === 'stop'))
    expect(stop).toEqual({ kind: 'stop', task: earlier, why: 'lost' })
    expect(await world.workflow(id)).toMatchObject({ status: 'running', state: { done: 0 } })
    const { rows } = await world.db.enginePool.query('select status, attempt, failures, begun_at, emitted from tasks')
    expect(rows).toEqual([{ status: 'claimed', attempt: 2, failures: 0, begun_at: null, emitted: 0 }])
  },
)

/** Whether the lease of the worker holds. */
const holds = async ({ incarnation }: HandWorker): Promise<boolean> => {
  const text = 'select lease_until > clock_timestamp() as holds from workers where incarnation = $1'
  return (await world.db.enginePool.query(text, [incarnation])).rows[0].holds
}
const endLease = () => world.db.enginePool.query(`update workers set lease_until = clock_timestamp() - interval '1 ms'`)

test('only the beats of the newest stream renew a lease', async () => {
  const replica = engineOn(world.db)
  const old = new HandWorker()
  old.connect(world.engine.controlPlane, 0)
  await welcomed(old)
  const next = new HandWorker(old.incarnation)
  next.connect(replica.controlPlane, 0)
  await welcomed(next)
  await endLease()
  await old.beat()
  await world.duty('renew_leases')
  expect(await holds(old)).toBe(false)
  await next.beat()
  await replica.duties.find(({ name }) => name === 'renew_leases')?.run()
  expect(await holds(next)).toBe(true)
  await replica.close()
})

test('a hello that comes late does not outdate the newer stream of its worker', async () => {
  const hello = {
    incarnation: newId(),
    name: 'by-hand',
    group: null,
    kinds: ['count'],
    capacity: 1,
    inProcess: false,
    hostname: 'test',
    version: '0',
    running: [],
  }
  const say = (stream: number) => register(world.db.enginePool, { ...hello, stream }, 2_000)
  expect(await say(2)).toMatchObject({ epoch: 2 })
  await expect(say(1)).rejects.toMatchObject({ kind: 'conflict', code: 'stream_outdated' })
  expect(await say(3)).toMatchObject({ epoch: 3 })
})
