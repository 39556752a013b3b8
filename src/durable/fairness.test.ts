// Who gets a slot when they come one at a time: a model call takes half a minute, and its slot is free alone.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HandWorker, startCounting } from '../../test/support/counting.ts'
import { type TestEngine, testEngine } from '../../test/support/engine.ts'
import { newId, type Uuid } from '../contract/ids.ts'

let world: TestEngine
beforeEach(async () => {
  world = await testEngine()
})
afterEach(() => world.close())

const queue = async (orgId: Uuid, count: number) => {
  for (let n = 0; n < count; n += 1) await startCounting(world.engine, await world.head(orgId), 1)
}

test('slots that come one at a time go to the organisations in turn, however much and however long one of them has waited', async () => {
  const [many, few] = [newId(), newId()]
  await queue(many, 6)
  await world.asOwner(`update tasks set priority = 100`)
  await queue(few, 2)
  const worker = new HandWorker()
  worker.diligent = true
  worker.connect(world.engine.controlPlane, 1)
  await worker.nthAssignment(7)
  const served = worker.assignments.map(({ orgId }) => (orgId === few ? 'few' : 'many'))
  expect(served.slice(0, 4).sort()).toEqual(['few', 'few', 'many', 'many'])
  expect(served.slice(0, 2).sort()).toEqual(['few', 'many'])
})
