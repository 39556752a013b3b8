// Decisions that fail by a mistake of ours: nothing of them is stored, and nobody waits for them for ever.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../test/support/cluster.ts'
import { HandWorker } from '../../test/support/counting.ts'
import { engineOn } from '../../test/support/engine.ts'
import { draft } from '../contract/events/index.ts'
import { newId, type Uuid } from '../contract/ids.ts'
import { Problem } from '../contract/problem.ts'
import type { WorkflowType } from '../contract/workflow.ts'
import { connect, type Db } from '../db/connect.ts'
import { checkDatabase } from '../start/check.ts'
import type { Engine, HeadView } from './index.ts'

/** Ends by itself where nothing would move it; the other does not. */
const broken: WorkflowType<object> = {
  type: 'broken',
  version: 1,
  reads: [1],
  plan: () => {
    throw new Error('a plan that nobody thought of')
  },
}
const mended: WorkflowType<object> = {
  ...broken,
  type: 'broken, with an end',
  stranded: (state) => ({ state, events: [title('ended')], end: { status: 'failed', error: 'stranded' } }),
}
const title = (text: string) => draft('session.title.updated', { title: text })

let database: TestDatabase
let db: Db
let engine: Engine
beforeEach(async () => {
  database = await freshDatabase()
  db = connect({ url: database.url })
  const contexts = (requests: readonly unknown[]) => requests.map(async () => '{}')
  engine = engineOn(db, [
    { type: broken, contexts },
    { type: mended, contexts },
  ])
})
afterEach(async () => {
  await engine.close()
  await db.close()
  await database.drop()
})

async function newHead(): Promise<Uuid> {
  const id = newId()
  await db.engine.insertInto('session_heads').values({ session_id: id, org_id: newId() }).execute()
  return id
}
const on = (sessionId: Uuid, fold: (view: HeadView) => void) => engine.submit({ name: 'test', sessionId, bytes: 100, fold })
const titlesOf = async (sessionId: Uuid) =>
  (
    await db.enginePool.query(`select data ->> 'title' as title from events where session_id = $1 order by sequence`, [sessionId])
  ).rows.map(({ title }) => title)
const violations = async () => (await checkDatabase(db.enginePool)).filter(({ count }) => count > 0)

test.each([
  ['fails', new Error('half-way')],
  ['refuses', new Problem('conflict', 'half-way')],
] as const)('a decision that %s half-way leaves nothing, and those beside it are stored', async (_, error) => {
  const [one, other] = [await newHead(), await newHead()]
  const answers = await Promise.allSettled([
    on(one, (view) => void view.append([title('before')], null, null)),
    on(one, (view) => {
      view.append([title('half')], null, null)
      throw error
    }),
    on(one, (view) => void view.append([title('after')], null, null)),
    on(other, (view) => void view.append([title('beside')], null, null)),
  ])
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
  expect(await titlesOf(one)).toEqual(['before', 'after'])
  expect(await titlesOf(other)).toEqual(['beside'])
  expect(await violations()).toEqual([])
})

test.each([
  [broken, ['said by the step'], 'a plan that nobody thought of'],
  [mended, ['said by the step', 'ended'], 'stranded'],
] as const)('a workflow whose plan cannot be made fails, whatever its step said is kept: %#', async (type, titles, error) => {
  const worker = new HandWorker()
  worker.connect(engine.controlPlane, 1)
  const head = await newHead()
  const id = newId()
  const tasks = [{ key: 'step', kind: 'count', class: 'pure' as const, input: {} }]
  await on(head, (view) => void view.start(id, type, { state: {}, tasks }))
  const { task } = await worker.nthAssignment(0)
  worker.send({ kind: 'finish', task, value: null, events: [title('said by the step')], effects: [], wantsNext: true })
  expect(await worker.until(() => worker.received.find(({ kind }) => kind === 'finished' || kind === 'stop'))).toMatchObject({
    kind: 'finished',
    next: [],
  })
  const { rows } = await db.enginePool.query('select status, error::text from workflows')
  expect(rows).toEqual([{ status: 'failed', error: expect.stringContaining(error) }])
  expect(await titlesOf(head)).toEqual(titles)
  expect(await violations()).toEqual([])
})
