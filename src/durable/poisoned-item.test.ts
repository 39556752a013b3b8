// One of fifty results that share a transaction cannot be stored. The other forty-nine are.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HandWorker, startCounting } from '../../test/support/counting.ts'
import { type TestEngine, testEngine } from '../../test/support/engine.ts'
import { checkDatabase } from '../start/check.ts'

let world: TestEngine
beforeEach(async () => {
  world = await testEngine()
})
afterEach(() => world.close())

const many = 50
const place = 17

/** Texts of an event that did not go through `toJsonText`. */
const poisons = {
  'a NUL byte': '{"title": "\0"}',
  'text that is no JSON': '{"title": ',
  'nothing at all': '',
  'more nesting than PostgreSQL takes': '['.repeat(100_000) + ']'.repeat(100_000),
}

test('a failure in words that cannot be stored is stored in others', async () => {
  const worker = new HandWorker()
  worker.connect(world.engine.controlPlane, 1)
  const id = await startCounting(world.engine, await world.head(), 1)
  const { task } = await worker.nthAssignment(0)
  worker.send({ kind: 'fail', task, error: `no \0 \ud800 ${'x'.repeat(1_000_000)}`, retryable: false })
  await worker.until(() => worker.received.find(({ kind }) => kind === 'finished'))
  expect(await world.workflow(id)).toMatchObject({ status: 'completed', state: { outcomes: ['dead'] } })
  const { rows } = await world.db.enginePool.query<{ last_error: string }>('select last_error from tasks')
  expect(rows[0]?.last_error.slice(0, 6)).toBe('no \ufffd \ufffd')
  expect(rows[0]?.last_error.length).toBeLessThan(10_000)
})

test.each(Object.entries(poisons))('%s in one of fifty results fails that step alone', async (_, data) => {
  const worker = new HandWorker()
  worker.connect(world.engine.controlPlane, many)
  await worker.until(() => worker.received.find(({ kind }) => kind === 'welcome'))
  const heads = await Promise.all(Array.from({ length: many }, () => world.head()))
  const ids = await Promise.all(heads.map((head) => startCounting(world.engine, head, 1)))
  await worker.nthAssignment(many - 1)
  worker.assignments.forEach(({ task }, n) => {
    const text = n === place ? data : '{"title": "well"}'
    const events = [{ type: 'session.title.updated' as const, data: text }]
    worker.send({ kind: 'finish', task, value: null, events, effects: [], wantsNext: false })
  })
  await worker.until(() => worker.received.find(({ kind }) => kind === 'stop'))
  await worker.until(() => worker.received.filter(({ kind }) => kind === 'finished')[many - 2])
  const bad = worker.assignments[place]
  const outcomes = new Map(await Promise.all(ids.map(async (id) => [id, (await world.workflow(id)).state.outcomes] as const)))
  for (const { workflowId } of worker.assignments)
    expect(outcomes.get(workflowId)).toEqual([workflowId === bad?.workflowId ? 'dead' : 'finished'])
  const { rows } = await world.db.enginePool.query('select id, last_error from tasks where last_error is not null')
  expect(rows).toEqual([{ id: bad?.task.id, last_error: 'its result could not be stored' }])
  const stored = await world.db.enginePool.query('select from events')
  expect(stored.rowCount).toBe(many - 1)
  expect((await checkDatabase(world.db.enginePool)).filter(({ count }) => count > 0)).toEqual([])
})
