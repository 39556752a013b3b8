import { afterEach, beforeEach, expect, test } from 'vitest'
import { HandWorker, startCounting } from '../../test/support/counting.ts'
import { engineOn, type TestEngine, testEngine } from '../../test/support/engine.ts'
import { newId } from '../contract/ids.ts'

let world: TestEngine
beforeEach(async () => {
  world = await testEngine()
})
afterEach(() => world.close())

/** Ends when the database says so: the lease of whoever holds the tasks is over. */
const endLeases = (what: 'rerun_until' | 'lease_until') =>
  world.db.enginePool.query(`update workers set ${what} = clock_timestamp() - interval '1 ms'`)

const sweep = async () => {
  await world.db.enginePool.query(`update duty_stamps set at = clock_timestamp() - interval '0.3 s' where name = 'sweep_leases'`)
  return world.duty('sweep_leases')
}

test('a workflow goes on from hand to hand until its plan ends it', async () => {
  const worker = new HandWorker()
  worker.connect(world.engine.controlPlane, 1)
  await worker.until(() => worker.received.find((message) => message.kind === 'welcome'))
  const id = await startCounting(world.engine, await world.head(), 3)
  for (let n = 0; n < 3; n += 1) worker.finish(await worker.nthAssignment(n))
  await worker.until(() => worker.received.filter((message) => message.kind === 'finished')[2])
  expect(await world.workflow(id)).toMatchObject({ status: 'completed', state: { done: 3 } })
})

test('a task that waited while nobody was there is claimed by the first worker that comes', async () => {
  const id = await startCounting(world.engine, await world.head(), 1)
  const worker = new HandWorker()
  worker.connect(world.engine.controlPlane, 4)
  worker.finish(await worker.nthAssignment(0))
  await worker.until(() => worker.received.find((message) => message.kind === 'finished'))
  expect((await world.workflow(id)).status).toBe('completed')
})

test('a worker that lost its task cannot finish it', async () => {
  const [slow, fast] = [new HandWorker(), new HandWorker()]
  await startCounting(world.engine, await world.head(), 1)
  slow.connect(world.engine.controlPlane, 1)
  const lost = await slow.nthAssignment(0)
  await sweep()
  await endLeases('rerun_until')
  expect(await sweep()).toEqual({ reclaimed: 1 })
  fast.connect(world.engine.controlPlane, 1)
  const again = await fast.nthAssignment(0)
  expect(again.task).toEqual({ id: lost.task.id, attempt: 2 })
  slow.finish(lost)
  expect(await slow.until(() => slow.received.find((message) => message.kind === 'stop'))).toMatchObject({ why: 'lost' })
})

test('a late word about an earlier attempt does not disturb the attempt that the same worker runs now', async () => {
  const worker = new HandWorker()
  worker.connect(world.engine.controlPlane, 2)
  await startCounting(world.engine, await world.head(), 1)
  const lost = await worker.nthAssignment(0)
  await sweep()
  await endLeases('rerun_until')
  expect(await sweep()).toEqual({ reclaimed: 1 })
  const again = await worker.nthAssignment(1)
  expect(again.task).toEqual({ id: lost.task.id, attempt: 2 })
  worker.finish(lost)
  await worker.until(() => worker.received.find((message) => message.kind === 'stop'))
  expect(world.engine.streams.get(worker.incarnation)?.assigned.get(lost.task.id)?.ref).toEqual(again.task)
})

test('a Finish said twice is stored once and answered twice', async () => {
  const worker = new HandWorker()
  const id = await startCounting(world.engine, await world.head(), 2)
  worker.connect(world.engine.controlPlane, 1)
  const first = await worker.nthAssignment(0)
  worker.finish(first)
  worker.finish(first)
  await worker.until(() => worker.received.filter((message) => message.kind === 'finished')[1])
  expect((await world.workflow(id)).state.done).toBe(1)
})

test('a begun at-most-once step is not run again: the plan hears that it was interrupted', async () => {
  const worker = new HandWorker()
  const id = await startCounting(world.engine, await world.head(), 1, 'at_most_once')
  worker.connect(world.engine.controlPlane, 1)
  const { task } = await worker.nthAssignment(0)
  worker.send({ kind: 'begin', task, events: [] })
  await worker.until(() => worker.received.find((message) => message.kind === 'begun'))
  await sweep()
  await endLeases('rerun_until')
  expect(await sweep()).toEqual({})
  await endLeases('lease_until')
  expect(await sweep()).toEqual({ reclaimed: 1 })
  expect(await world.workflow(id)).toMatchObject({ status: 'completed', state: { outcomes: ['interrupted'] } })
})

test('a step that kills three workers is dead, and one whose worker comes back is not charged', async () => {
  const id = await startCounting(world.engine, await world.head(), 1)
  for (let n = 0; n < 3; n += 1) {
    const worker = new HandWorker()
    worker.connect(world.engine.controlPlane, 1)
    await worker.nthAssignment(0)
    worker.cut()
    await sweep()
    await endLeases('rerun_until')
    await sweep()
    if (n === 1) {
      const back = new HandWorker(worker.incarnation)
      back.connect(world.engine.controlPlane, 0)
      await back.until(() => back.received.find((message) => message.kind === 'welcome'))
      back.cut()
    }
  }
  expect((await world.workflow(id)).status).toBe('running')
  const last = new HandWorker()
  last.connect(world.engine.controlPlane, 1)
  await last.nthAssignment(0)
  last.cut()
  await sweep()
  await endLeases('rerun_until')
  await sweep()
  expect(await world.workflow(id)).toMatchObject({ status: 'completed', state: { outcomes: ['dead'] } })
})

test('after an outage nobody is taken for dead: leases are extended once', async () => {
  const worker = new HandWorker()
  await startCounting(world.engine, await world.head(), 1)
  worker.connect(world.engine.controlPlane, 1)
  await worker.nthAssignment(0)
  await sweep()
  await endLeases('lease_until')
  await world.db.enginePool.query(`update duty_stamps set at = clock_timestamp() - interval '20 s'`)
  expect(await world.duty('sweep_leases')).toEqual({ extended: 1 })
  expect(await sweep()).toEqual({})
})

test('a restarted worker under a new incarnation inherits nothing, and a lost assignment is sent again', async () => {
  await startCounting(world.engine, await world.head(), 1)
  const worker = new HandWorker()
  worker.connect(world.engine.controlPlane, 1)
  const given = await worker.nthAssignment(0)
  const back = new HandWorker(worker.incarnation)
  back.connect(world.engine.controlPlane, 1, [])
  expect((await back.nthAssignment(0)).task).toEqual(given.task)
})

test('a hundred workflows on two control planes finish, each step exactly once', async () => {
  const other = engineOn(world.db)
  const workers = [new HandWorker(), new HandWorker()]
  for (const worker of workers) worker.diligent = true
  workers[0]?.connect(world.engine.controlPlane, 10)
  workers[1]?.connect(other.controlPlane, 10)
  const heads = await Promise.all(Array.from({ length: 100 }, () => world.head()))
  await Promise.all(heads.map((head, n) => startCounting(n % 2 ? other : world.engine, head, 3)))
  const poll = setInterval(() => [world.engine, other].map((engine) => engine.wake()), 20)
  const finished = () => workers.flatMap((worker) => worker.received).filter((message) => message.kind === 'finished').length
  const allDone = () => (finished() === 300 ? true : undefined)
  await Promise.race(workers.map((worker) => worker.until(allDone)))
  clearInterval(poll)
  const { rows } = await world.db.enginePool.query(`select status, count(*)::int as n from workflows group by status`)
  expect(rows).toEqual([{ status: 'completed', n: 100 }])
  await other.close()
})

test('an item on a head that does not exist is told so', async () => {
  const lost = world.engine.submit({ name: 'lost', sessionId: newId(), bytes: 10, fold: () => 1 })
  await expect(lost).rejects.toMatchObject({ kind: 'not_found' })
})

test('an organisation with one task is served beside one with hundreds, however many sessions those are spread over', async () => {
  const busy = newId()
  for (let n = 0; n < 200; n += 1) await startCounting(world.engine, await world.head(busy), 3)
  const served = await startCounting(world.engine, await world.head(), 1)
  const worker = new HandWorker()
  worker.diligent = true
  worker.connect(world.engine.controlPlane, 2)
  const place = await worker.until(() => {
    const found = worker.assignments.findIndex((given) => given.workflowId === served)
    return found === -1 ? undefined : found
  })
  expect(place).toBeLessThan(20)
})
