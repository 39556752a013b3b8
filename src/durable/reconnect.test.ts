// A worker comes back on another stream, perhaps at another replica, while it runs a step.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HandWorker, startCounting } from '../../test/support/counting.ts'
import { type TestEngine, testEngine } from '../../test/support/engine.ts'
import { draft } from '../contract/events/index.ts'

let world: TestEngine
beforeEach(async () => {
  world = await testEngine()
})
afterEach(() => world.close())

const emits = 12
const titles = Array.from({ length: emits }, (_, n) => `title ${n + 1}`)

test('what a worker says as soon as it is welcomed again is stored in the order it was said', async () => {
  const head = await world.head()
  const worker = new HandWorker()
  worker.connect(world.engine.controlPlane, 1)
  await startCounting(world.engine, head, 1)
  const { task } = await worker.nthAssignment(0)
  worker.cut()
  const welcomes = () => worker.received.filter((message) => message.kind === 'welcome')
  const welcomedBefore = welcomes().length
  worker.connect(world.engine.controlPlane, 0, [task])
  await worker.until(() => welcomes()[welcomedBefore])
  titles.forEach((title, n) => {
    worker.send({ kind: 'emit', task, number: n + 1, chars: 0, events: [draft('session.title.updated', { title })] })
  })
  await worker.until(() => worker.received.find((message) => message.kind === 'emitted' && message.number === emits))
  const { rows } = await world.db.enginePool.query(
    `select data ->> 'title' as title from events where session_id = $1 order by sequence`,
    [head],
  )
  expect(rows.map((row) => row.title)).toEqual(titles)
})

test('a lease that only the database knows of reaches a worker that seems to have nothing', async () => {
  const worker = new HandWorker()
  worker.connect(world.engine.controlPlane, 0)
  await worker.until(() => worker.received.find((message) => message.kind === 'welcome'))
  await startCounting(world.engine, await world.head(), 1)
  // As a claim whose answer an outage swallowed.
  await world.db.enginePool.query(`update tasks set status = 'claimed', claimed_by = $1, attempt = 1`, [worker.incarnation])
  await world.duty('dispatch_ready')
  expect((await worker.nthAssignment(0)).task.attempt).toBe(1)
})
