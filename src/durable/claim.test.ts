// How much a claim reads while a long queue stands: as much as it takes, whatever the planner has learnt of the table.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestEngine, testEngine } from '../../test/support/engine.ts'
import { newId } from '../contract/ids.ts'
import type { Statement } from './rows.ts'
import { claimReady, claimSuspects } from './statements.ts'

let world: TestEngine
beforeAll(async () => {
  world = await testEngine()
})
afterAll(() => world.close())

const org = newId()
const queueLength = 20_000
const slots = 16
/** No part of the plan may meet many more rows than that. */
const rowsMax = 4 * slots

interface Node {
  'Actual Rows': number
  'Rows Removed by Filter'?: number
  Plans?: Node[]
}

const mostRows = (node: Node): number =>
  Math.max(node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0), ...(node.Plans ?? []).map(mostRows))

const fillQueue = () =>
  world.db.enginePool.query(
    `insert into tasks (id, org_id, key, kind, class, status, input)
     select gen_random_uuid(), $1, 'task ' || n, 'count', 'pure', 'pending', '{}' from generate_series(1, ${queueLength}) n`,
    [org],
  )

/** Older than the queue. */
const addLost = (status: 'pending' | 'completed', count: number) =>
  world.db.enginePool.query(
    `insert into tasks (id, org_id, key, kind, class, status, input, lost_by, failures, visible_at)
     select gen_random_uuid(), $1, $2 || n, 'count', 'pure', $2, '{}', gen_random_uuid(), 2, now() - interval '1 minute'
     from generate_series(1, $3::int) n`,
    [org, status, count],
  )

/** The most rows that any part of the claim's plan met. */
async function rowsMet({ text, values }: Statement = claimReady(Array(slots).fill(newId()), ['count'])): Promise<number> {
  const { rows } = await world.db.enginePool.query(`explain (analyze, format json) ${text}`, values)
  const plan: Node = rows[0]['QUERY PLAN'][0].Plan
  expect(plan['Actual Rows']).toBe(slots)
  return mostRows(plan)
}

test('a claim from a long queue reads what it takes, before and after the table was analysed', async () => {
  await fillQueue()
  expect(await rowsMet()).toBeLessThan(rowsMax)
  await world.db.enginePool.query('reset role')
  await world.db.enginePool.query('analyze tasks')
  expect(await rowsMet()).toBeLessThan(rowsMax)
})

test('a claim of suspects reads neither the queue nor what was lost once, and the queue is read past them', async () => {
  await addLost('pending', slots)
  await addLost('completed', queueLength)
  expect(await rowsMet()).toBeLessThan(rowsMax)
  const workers = Array.from({ length: slots }, newId)
  expect(await rowsMet(claimSuspects(workers, ['count']))).toBeLessThan(rowsMax)
})
