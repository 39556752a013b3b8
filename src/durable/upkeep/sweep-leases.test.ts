import { afterEach, beforeEach, expect, test } from 'vitest'
import { HandWorker, startCounting } from '../../../test/support/counting.ts'
import { type TestEngine, testEngine, times } from '../../../test/support/engine.ts'
import { sweepNow } from './sweep-leases.ts'

let world: TestEngine
beforeEach(async () => {
  world = await testEngine()
})
afterEach(() => world.close())

/** As when a stream has broken. `found`: what happens between the look for lost tasks and the taking. */
const sweepSoon = (found: () => Promise<unknown> = async () => {}) =>
  sweepNow({
    pool: world.db.enginePool,
    sweepMs: times.sweep,
    leaseMs: times.lease,
    async submit(item) {
      await found()
      return world.engine.submit(item)
    },
  })
const lastSweep = (ago: string) =>
  world.db.enginePool.query(`update duty_stamps set at = clock_timestamp() - $1::interval where name = 'sweep_leases'`, [ago])

test('a stream that breaks right after an outage takes no task from workers whose leases ran out in it', async () => {
  const worker = new HandWorker()
  await startCounting(world.engine, await world.head(), 1)
  worker.connect(world.engine.controlPlane, 1)
  await worker.nthAssignment(0)
  await world.db.enginePool.query(`update workers set lease_until = clock_timestamp() - interval '1 ms'`)
  await lastSweep('20 s')
  expect(await sweepSoon()).toEqual({})
  expect(await world.duty('sweep_leases')).toEqual({ extended: 1 })
  expect(await sweepSoon()).toEqual({})
})

test('a stream that breaks in quiet times gives up what its worker held', async () => {
  const worker = new HandWorker()
  await startCounting(world.engine, await world.head(), 1)
  worker.connect(world.engine.controlPlane, 1)
  await worker.nthAssignment(0)
  await world.db.enginePool.query(`update workers set rerun_until = clock_timestamp() - interval '1 ms'`)
  await lastSweep('0.1 s')
  expect(await sweepSoon()).toEqual({ reclaimed: 1 })
})

test('a worker whose lease was renewed since its task was found lost keeps it', async () => {
  const worker = new HandWorker()
  await startCounting(world.engine, await world.head(), 1)
  worker.connect(world.engine.controlPlane, 1)
  await worker.nthAssignment(0)
  const setLeases = (when: string) =>
    world.db.enginePool.query(`update workers set lease_until = now() + $1::interval, rerun_until = now() + $1::interval`, [when])
  await setLeases('-1 s')
  await lastSweep('0.1 s')
  expect(await sweepSoon(() => setLeases('10 s'))).toEqual({})
  await setLeases('-1 s')
  expect(await sweepSoon()).toEqual({ reclaimed: 1 })
})

test('what was charged to a worker that beats again is forgiven, also where its stream never broke', async () => {
  const worker = new HandWorker()
  await startCounting(world.engine, await world.head(), 1)
  worker.connect(world.engine.controlPlane, 1)
  await worker.nthAssignment(0)
  await world.db.enginePool.query(`update workers set lease_until = clock_timestamp() - interval '1 ms'`)
  await lastSweep('0.2 s')
  expect(await world.duty('sweep_leases')).toEqual({ reclaimed: 1 })
  const charged = async () => (await world.db.enginePool.query('select failures, lost_by is null as forgiven from tasks')).rows
  expect(await charged()).toEqual([{ failures: 1, forgiven: false }])
  await lastSweep('0.2 s')
  expect(await world.duty('sweep_leases')).toEqual({})
  await worker.beat()
  await world.duty('renew_leases')
  await lastSweep('0.2 s')
  expect(await world.duty('sweep_leases')).toEqual({ forgiven: 1 })
  expect(await charged()).toEqual([{ failures: 0, forgiven: true }])
})

test('a database whose clock was put back goes on sweeping, and no lease holds until the clock has caught up', async () => {
  const worker = new HandWorker()
  await startCounting(world.engine, await world.head(), 1)
  worker.connect(world.engine.controlPlane, 1)
  await worker.nthAssignment(0)
  await world.db.enginePool.query(`update workers set lease_until = clock_timestamp() + interval '1 hour'`)
  await lastSweep('-1 hour')
  expect(await world.duty('sweep_leases')).toEqual({ extended: 1 })
  const { rows } = await world.db.enginePool.query('select lease_until < clock_timestamp() + $1::interval as soon from workers', [
    '1 minute',
  ])
  expect(rows).toEqual([{ soon: true }])
})

test('everything that a rack of workers held is taken in one sweep', async () => {
  const worker = new HandWorker()
  const count = 250
  worker.connect(world.engine.controlPlane, count)
  await Promise.all(Array.from({ length: count }, async () => startCounting(world.engine, await world.head(), 1)))
  await worker.nthAssignment(count - 1)
  await world.db.enginePool.query(`update workers set lease_until = clock_timestamp() - interval '1 ms'`)
  await lastSweep('0.1 s')
  expect(await sweepSoon()).toEqual({ reclaimed: count })
})
