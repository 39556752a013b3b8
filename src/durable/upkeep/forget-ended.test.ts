import { afterEach, beforeEach, expect, test } from 'vitest'
import { startCounting } from '../../../test/support/counting.ts'
import { type TestEngine, testEngine } from '../../../test/support/engine.ts'
import type { Uuid } from '../../contract/ids.ts'
import { forgetEnded } from './forget-ended.ts'

let world: TestEngine
beforeEach(async () => {
  world = await testEngine()
})
afterEach(() => world.close())

const after = ['compact_deltas', 'forget_events']
const forget = () => forgetEnded({ pool: world.db.enginePool, days: 30, after }).run()
const run = async <T>(text: string, values: unknown[] = []) => (await world.db.enginePool.query(text, values)).rows as T[]

/** A workflow of one step that ended so many days ago. */
async function ended(days: number): Promise<Uuid> {
  const id = await startCounting(world.engine, await world.head(), 1)
  await run(
    `with w as (update workflows set status = 'completed', completed_at = clock_timestamp() - $2 * interval '1 day' where id = $1)
     update tasks set status = 'completed', completed_at = clock_timestamp() where workflow_id = $1`,
    [id, days],
  )
  return id
}

const stampsAt = (days: number) =>
  run(`update duty_stamps set at = clock_timestamp() - $2 * interval '1 day' where name = any($1)`, [after, days])
const left = async () => ({
  workflows: (await run<{ id: Uuid }>('select id from workflows order by completed_at')).map(({ id }) => id),
  tasks: (await run<{ of: Uuid }>('select t.workflow_id as of from tasks t join workflows w on w.id = t.workflow_id')).length,
  orphans: (await run('select from tasks t where not exists (select from workflows w where w.id = t.workflow_id)')).length,
})

test('what ended longer ago than it is kept goes with its tasks; the rest, and what runs, stays', async () => {
  await ended(31)
  const younger = await ended(29)
  const running = await startCounting(world.engine, await world.head(), 1)
  await stampsAt(0)
  expect(await forget()).toEqual({ forgotten: 1 })
  expect(await left()).toEqual({ workflows: [younger, running], tasks: 2, orphans: 0 })
  expect(await forget()).toEqual({})
})

test('one run forgets whatever is to be forgotten', async () => {
  await run(
    `insert into workflows (id, org_id, session_id, type, status, version, state, completed_at)
     select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'counting', 'completed', 1, '{}',
       clock_timestamp() - interval '31 days' from generate_series(1, 20100)`,
  )
  await stampsAt(0)
  expect(await forget()).toEqual({ forgotten: 20_100 })
})

test('what another duty has not seen yet stays', async () => {
  const [, unseen] = [await ended(50), await ended(40)]
  await stampsAt(45)
  expect(await forget()).toEqual({ forgotten: 1 })
  expect((await left()).workflows).toEqual([unseen])
})

test('a dead letter stays until it has a successor', async () => {
  const id = await ended(31)
  await stampsAt(0)
  await run(`update tasks set status = 'dead' where workflow_id = $1`, [id])
  expect(await forget()).toEqual({})
  await run('update tasks set requeued_at = clock_timestamp() where workflow_id = $1', [id])
  expect(await forget()).toEqual({ forgotten: 1 })
})
