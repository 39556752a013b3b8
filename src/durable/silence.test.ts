// A worker that was silent for longer than its lease, and whose stream did not break: the network was gone, or the machine was asleep.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HandWorker, startCounting } from '../../test/support/counting.ts'
import { type TestEngine, testEngine, times } from '../../test/support/engine.ts'

let world: TestEngine
beforeEach(async () => {
  world = await testEngine()
})
afterEach(() => world.close())

/** As if its last beat were a lease ago, and a sweep had just been. */
async function silence({ incarnation }: HandWorker): Promise<void> {
  const stream = world.engine.streams.get(incarnation)
  if (!stream) throw new Error('the worker is not connected')
  stream.aliveAt -= times.lease
  await world.db.enginePool.query(`update workers set lease_until = clock_timestamp(), rerun_until = clock_timestamp()`)
}
const sweep = async () => {
  await world.db.enginePool.query(`update duty_stamps set at = clock_timestamp() - interval '0.2 s' where name = 'sweep_leases'`)
  return world.duty('sweep_leases')
}
const connected = async (slots: number): Promise<HandWorker> => {
  const worker = new HandWorker()
  worker.connect(world.engine.controlPlane, slots)
  await worker.until(() => worker.received.find(({ kind }) => kind === 'welcome'))
  return worker
}

test('what comes while its lease is not renewed yet is not given to it only to be taken away by the next sweep', async () => {
  const worker = await connected(1)
  await silence(worker)
  await worker.beat()
  await startCounting(world.engine, await world.head(), 1, 'at_most_once')
  expect(await sweep()).toEqual({})
  expect(worker.assignments).toEqual([])
  expect(await world.duty('renew_leases')).toEqual({ renewed: 1 })
  expect((await worker.nthAssignment(0)).task.attempt).toBe(1)
  expect(await sweep()).toEqual({})
})

test('what it finishes is stored, and the step after it waits for the lease', async () => {
  const worker = await connected(1)
  const workflow = await startCounting(world.engine, await world.head(), 2)
  const first = await worker.nthAssignment(0)
  await silence(worker)
  await worker.beat()
  worker.finish(first)
  const finished = await worker.until(() => worker.received.find(({ kind }) => kind === 'finished'))
  expect(finished).toMatchObject({ next: [] })
  expect(await sweep()).toEqual({})
  await world.duty('renew_leases')
  const second = await worker.nthAssignment(1)
  expect(second.task.attempt).toBe(1)
  worker.finish(second)
  await worker.until(() => worker.received.filter(({ kind }) => kind === 'finished')[1])
  expect(await world.workflow(workflow)).toMatchObject({ status: 'completed' })
})

test('a beat that could not be stored is stored with the next renewal', async () => {
  const worker = await connected(1)
  await silence(worker)
  await worker.beat()
  await world.asOwner('alter table workers rename to absent')
  await expect(world.duty('renew_leases')).rejects.toThrow('workers')
  await world.asOwner('alter table absent rename to workers')
  expect(await world.duty('renew_leases')).toEqual({ renewed: 1 })
  expect(await world.duty('renew_leases')).toEqual({})
})
