// Steps whose context cannot be made: nobody else hears of it, and nobody waits for them for ever.
import { Writable } from 'node:stream'
import pino from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../test/support/cluster.ts'
import { countingRegistration, HandWorker, startCounting } from '../../test/support/counting.ts'
import { engineOn } from '../../test/support/engine.ts'
import { newId, type Uuid } from '../contract/ids.ts'
import { Problem } from '../contract/problem.ts'
import type { StepClass } from '../contract/workflow.ts'
import { connect, type Db } from '../db/connect.ts'
import type { Engine } from './index.ts'

let database: TestDatabase
let db: Db
let engine: Engine
/** What is answered for a workflow in place of its context. */
let failures: Map<Uuid, Error>
let logged: Record<string, unknown>[]
beforeEach(async () => {
  database = await freshDatabase()
  db = connect({ url: database.url })
  failures = new Map()
  logged = []
  const sink = new Writable({
    write(line, _, done) {
      logged.push(JSON.parse(String(line)))
      done()
    },
  })
  const { type } = countingRegistration
  const contexts = (requests: readonly { workflow: { id: Uuid } }[]) =>
    requests.map(async ({ workflow: { id } }) => {
      const failure = failures.get(id)
      if (failure) throw failure
      return '{}'
    })
  engine = engineOn(db, [{ type, contexts }], pino({ level: 'debug' }, sink))
})
afterEach(async () => {
  await engine.close()
  await db.close()
  await database.drop()
})

async function waiting(stepClass: StepClass = 'pure'): Promise<Uuid> {
  const head = newId()
  await db.engine.insertInto('session_heads').values({ session_id: head, org_id: newId() }).execute()
  return startCounting(engine, head, 1, stepClass)
}
/** A reason that no later look changes. */
const broken = (id: Uuid) => failures.set(id, new Error('a state that nobody can read'))
const dispatchReady = () => engine.duties.find(({ name }) => name === 'dispatch_ready')?.run()
const taskOf = async (id: Uuid) =>
  (
    await db.enginePool.query(
      `select status, failures, last_error as error, visible_at > now() as later from tasks where workflow_id = $1`,
      [id],
    )
  ).rows[0]
const outcomesOf = async (id: Uuid) =>
  (await db.enginePool.query('select state from workflows where id = $1', [id])).rows[0].state.outcomes

test('a step whose context cannot be made is tried again later, is in the log with its ids, and holds up none of its neighbours', async () => {
  const [first, bad, last] = [await waiting(), await waiting(), await waiting()]
  broken(bad)
  const worker = new HandWorker()
  worker.connect(engine.controlPlane, 3)
  await worker.nthAssignment(1)
  expect(new Set(worker.assignments.map(({ workflowId }) => workflowId))).toEqual(new Set([first, last]))
  await expect.poll(() => taskOf(bad)).toMatchObject({ status: 'pending', failures: 1, later: true })
  expect((await taskOf(bad)).error).toContain('a state that nobody can read')
  expect(logged.filter(({ workflow_id }) => workflow_id)).toMatchObject([
    { workflow_id: bad, session_id: expect.any(String), task_id: expect.any(String), attempt: 1 },
  ])
})

test('a step whose context can never be made is dead after its tries, and the plan is told', async () => {
  const bad = await waiting()
  await db.enginePool.query('update tasks set max_failures = 1 where workflow_id = $1', [bad])
  broken(bad)
  const worker = new HandWorker()
  worker.connect(engine.controlPlane, 1)
  await expect.poll(() => outcomesOf(bad)).toEqual(['dead'])
  const next = await waiting()
  expect((await worker.nthAssignment(0)).workflowId).toBe(next)
})

test('a context that cannot be made because the database is away costs the step nothing, and it is sent later', async () => {
  const id = await waiting()
  failures.set(id, new Problem('unavailable', 'away'))
  const worker = new HandWorker()
  worker.connect(engine.controlPlane, 1)
  await expect.poll(() => logged.some(({ workflow_id }) => workflow_id === id)).toBe(true)
  failures.clear()
  await dispatchReady()
  expect(await worker.nthAssignment(0)).toMatchObject({ workflowId: id, task: { attempt: 1 } })
  expect(await taskOf(id)).toMatchObject({ failures: 0 })
})

test('a begun at-most-once call that cannot be sent again is interrupted: nobody knows how it ended', async () => {
  const id = await waiting('at_most_once')
  const worker = new HandWorker()
  worker.connect(engine.controlPlane, 1)
  const { task } = await worker.nthAssignment(0)
  worker.send({ kind: 'begin', task, events: [] })
  await worker.until(() => worker.received.find(({ kind }) => kind === 'begun'))
  broken(id)
  // The worker names nothing: it has the call no more.
  worker.connect(engine.controlPlane, 1)
  await expect.poll(() => outcomesOf(id)).toEqual(['interrupted'])
})
