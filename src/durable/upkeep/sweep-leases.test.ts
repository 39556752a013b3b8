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
