// The free slots of workers: each that was counted as taken is counted as free again.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HandWorker, startCounting } from '../../test/support/counting.ts'
import { type TestEngine, testEngine } from '../../test/support/engine.ts'
import { cancelWorkflow } from './steps/cancel.ts'

let world: TestEngine
beforeEach(async () => {
  world = await testEngine()
})
afterEach(() => world.close())

test('a task that is settled in the transaction that leased it leaves its slot to the next', async () => {
  const [first, head, other] = [await world.head(), await world.head(), await world.head()]
  const worker = new HandWorker()
  worker.connect(world.engine.controlPlane, 1)
  await startCounting(world.engine, first, 1)
  worker.finish(await worker.nthAssignment(0))
  await worker.until(() => worker.received.find((message) => message.kind === 'finished'))
  // Both are submitted before either runs: they share a transaction.
  const started = startCounting(world.engine, head, 1)
  const cancelled = world.engine.submit({
    name: 'cancel',
    sessionId: head,
    bytes: 0,
    fold: (view) => view.workflow !== null && cancelWorkflow(view, view.workflow.id),
  })
  await started
  expect(await cancelled).toBe(true)
  expect(worker.assignments).toHaveLength(1)
  const next = await startCounting(world.engine, other, 1)
  expect((await worker.nthAssignment(1)).workflowId).toBe(next)
})
