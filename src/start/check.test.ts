import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../test/support/cluster.ts'
import { HandWorker, startCounting } from '../../test/support/counting.ts'
import { engineOn } from '../../test/support/engine.ts'
import { draft, type EventDraft } from '../contract/events/index.ts'
import { newId, toWire, type Uuid } from '../contract/ids.ts'
import { connect, type Db } from '../db/connect.ts'
import type { Engine } from '../durable/index.ts'
import { checkDatabase } from './check.ts'

let database: TestDatabase
let db: Db
let engine: Engine
let pool: pg.Pool
beforeEach(async () => {
  database = await freshDatabase()
  db = connect({ url: database.url })
  engine = engineOn(db)
  pool = new pg.Pool({ connectionString: database.url })
  // The database is dropped while its last connection is still saying goodbye.
  pool.on('error', () => {})
})
afterEach(async () => {
  await pool.end()
  await engine.close()
  await db.close()
  await database.drop()
})

const broken = async (): Promise<string[]> => (await checkDatabase(pool)).flatMap(({ breaches }) => breaches)

/** A session with a workflow that waits for its first step. */
async function session(): Promise<{ head: Uuid; workflow: Uuid }> {
  const head = newId()
  await db.engine.insertInto('session_heads').values({ session_id: head, org_id: newId() }).execute()
  return { head, workflow: await startCounting(engine, head, 1) }
}

async function completed(): Promise<{ head: Uuid; workflow: Uuid }> {
  const made = await session()
  const worker = new HandWorker()
  worker.connect(engine.controlPlane, 1)
  worker.finish(await worker.nthAssignment(0))
  await worker.until(() => worker.received.find(({ kind }) => kind === 'finished'))
  worker.cut()
  return made
}

const append = (head: Uuid, turn: Uuid, drafts: EventDraft[]) =>
  engine.submit({ name: 'append', sessionId: head, bytes: 100, fold: (view) => void view.append(drafts, turn, null) })

const calling = (id: string): EventDraft =>
  draft('output.message.completed', {
    message: {
      id: toWire('message', newId()),
      role: 'agent',
      content: [{ type: 'tool_call', id, name: 'x', arguments: {} }],
      created_at: '',
    },
  })
const result = (id: string): EventDraft =>
  draft('tool.completed', { tool_call_id: id, tool_name: 'x', success: true, status: 'success' })

test('a database in order keeps every promise, at rest and at work', async () => {
  const { head, workflow } = await completed()
  const about = { turn_id: toWire('turn', workflow), input_message_id: '' }
  await append(head, workflow, [
    draft('turn.started', about),
    calling('a'),
    result('a'),
    draft('turn.completed', { ...about, iterations: 1 }),
  ])
  await session()
  expect(await broken()).toEqual([])
  expect((await checkDatabase(pool)).length).toBeGreaterThan(8)
})

test.each<[what: string, text: string, says: RegExp]>([
  ['a task vanishes', 'delete from tasks', /nothing will ever move it/],
  ['a head forgets its turn', 'update session_heads set live_turn = null', /has 1 live turns and its head names none/],
  ['a workflow ends alone', `update workflows set status = 'completed'`, /is pending and its workflow is completed/],
  ['a task is held by nobody', `update tasks set status = 'claimed'`, /is claimed and held by nobody/],
  ['a task fails for ever', 'update tasks set failures = 3', /is pending after 3 of 3 failures/],
  ['a head counts too far', 'update session_heads set last_sequence = 7', /counts 7 events and its log ends at 0/],
])('it is noticed when %s', async (_, text, says) => {
  await session()
  await pool.query(text)
  expect((await broken()).join('\n')).toMatch(says)
})

test('gaps, turns without an end, second results and calls without one are noticed', async () => {
  const { head, workflow } = await completed()
  await append(head, workflow, [
    draft('turn.started', { turn_id: toWire('turn', workflow), input_message_id: '' }),
    calling('twice'),
    result('twice'),
    result('twice'),
    calling('never'),
  ])
  await pool.query(
    `insert into events select session_id, 9, org_id, id, 'act.completed', ts, turn_id, exec_id, '{}', null from events where sequence = 1`,
  )
  expect((await broken()).map((breach) => breach.replace(/[0-9a-f]{8}-[0-9a-f-]*/g, 'ID')).sort()).toEqual([
    'call never of session ID has no result',
    'session ID counts 5 events and its log ends at 9',
    'session ID has event 9 after 5',
    'tool.completed of twice is 2 times in session ID',
    'turn ID began 1 times, ended 0 times and is completed',
  ])
})
