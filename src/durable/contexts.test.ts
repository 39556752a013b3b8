// What a worker is sent with a task has to be put together first; that may fail for one task.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { countingRegistration, HandWorker, startCounting } from '../../test/support/counting.ts'
import { engineOn, type TestEngine, testEngine } from '../../test/support/engine.ts'
import type { Uuid } from '../contract/ids.ts'

let world: TestEngine
beforeEach(async () => {
  world = await testEngine()
})
afterEach(() => world.close())

test('a task whose context cannot be made keeps no other from its worker, and goes out once it can', async () => {
  const broken = new Set<Uuid>()
  const engine = engineOn(world.db, [
    {
      ...countingRegistration,
      contexts: (requests) =>
        requests.map(async ({ task }) => {
          if (broken.has(task.sessionId)) throw new Error('this one cannot be made')
          return '{}'
        }),
    },
  ])
  const worker = new HandWorker()
  worker.connect(engine.controlPlane, 3)
  await worker.until(() => worker.received.find(({ kind }) => kind === 'welcome'))
  const heads = await Promise.all([world.head(), world.head(), world.head()])
  const [, bad] = heads
  broken.add(bad)
  // Submitted before any of them runs: they share a transaction.
  await Promise.all(heads.map((head) => startCounting(engine, head, 1)))
  await worker.nthAssignment(1)
  expect(worker.assignments.map(({ sessionId }) => sessionId)).not.toContain(bad)
  broken.clear()
  await engine.duties.find(({ name }) => name === 'dispatch_ready')?.run()
  expect(await worker.nthAssignment(2)).toMatchObject({ sessionId: bad, task: { attempt: 1 } })
  await engine.close()
})
