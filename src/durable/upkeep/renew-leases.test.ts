import { expect, test } from 'vitest'
import { HandWorker } from '../../../test/support/counting.ts'
import { testEngine, times } from '../../../test/support/engine.ts'
import { WorkerTally } from '../worker-tally.ts'
import { Renewals } from './renew-leases.ts'

test('who waits for a renewal that is under way goes on once it is stored', async () => {
  const world = await testEngine()
  const worker = new HandWorker()
  worker.connect(world.engine.controlPlane, 1)
  await worker.beat()
  const { enginePool: pool } = world.db
  const renewals = new Renewals({
    ...{ pool, streams: world.engine.streams, tally: new WorkerTally(), clock: () => performance.now(), isBack() {} },
    ...times,
  })
  const holder = await pool.connect()
  await holder.query('begin')
  await holder.query('select from workers for update')
  const order: string[] = []
  const run = renewals.duty.run().then(() => order.push('stored'))
  const waitsForHolder = 'select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))'
  await expect.poll(async () => (await holder.query(waitsForHolder)).rowCount).toBe(1)
  const waited = renewals.arrived().then(() => order.push('went on'))
  await holder.query('commit')
  holder.release()
  await Promise.all([run, waited])
  expect(order).toEqual(['stored', 'went on'])
  await world.close()
})
