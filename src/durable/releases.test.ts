// Two releases at work on one database: workers that know different steps, control planes that write different versions of a state.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HandWorker } from '../../test/support/counting.ts'
import { engineOn, type TestEngine, testEngine } from '../../test/support/engine.ts'
import type { ControlPlane } from '../contract/control-plane.ts'
import { newId, type Uuid } from '../contract/ids.ts'
import type { Plan, WorkflowType } from '../contract/workflow.ts'
import type { Engine, WorkflowRegistration } from './index.ts'

interface Walk {
  done: number
  kinds: string[]
}

const next = (state: Walk): Plan<Walk> => {
  const kind = state.kinds[state.done]
  return kind === undefined
    ? { state, end: { status: 'completed' } }
    : { state, tasks: [{ key: `step-${state.done}`, kind, class: 'pure', input: {} }] }
}

/** Steps of given kinds one after another; as a release that writes `version` and reads `reads` knows them. */
const walking = (version: number, reads: readonly number[]): WorkflowType<Walk> => ({
  type: 'walking',
  version,
  reads,
  plan: (state) => next({ ...state, done: state.done + 1 }),
})

const release = (version: number, reads: readonly number[]): WorkflowRegistration<unknown>[] => [
  // The engine gives a type only states of its own versions.
  { type: walking(version, reads) as WorkflowType<unknown>, contexts: (requests) => requests.map(async () => '{}') },
]

let world: TestEngine
let older: Engine
let newer: Engine
let oldest: Engine
beforeEach(async () => {
  world = await testEngine()
  oldest = engineOn(world.db, release(1, [1]))
  older = engineOn(world.db, release(1, [1, 2]))
  newer = engineOn(world.db, release(2, [1, 2]))
})
afterEach(async () => {
  for (const engine of [oldest, older, newer]) await engine.close()
  await world.close()
})

async function walk(engine: Engine, version: number, kinds: string[]): Promise<Uuid> {
  const [id, sessionId] = [newId(), await world.head()]
  await engine.submit({
    name: 'start',
    sessionId,
    bytes: 100,
    fold: (view) => void view.start(id, walking(version, [1, 2]), next({ done: 0, kinds })),
  })
  return id
}

const statuses = async (): Promise<string[]> => {
  const { rows } = await world.db.enginePool.query<{ status: string }>('select distinct status from workflows')
  return rows.map(({ status }) => status)
}

function workerAt(controlPlane: ControlPlane, kinds: string[], slots: number): HandWorker {
  const worker = new HandWorker()
  worker.kinds = kinds
  worker.diligent = true
  worker.connect(controlPlane, slots)
  return worker
}

const lookForZombies = (engine: Engine) => engine.duties.find(({ name }) => name === 'find_zombies')?.run()

test('beside a worker of another release each is given only what it knows, also when it has just finished the step before', async () => {
  const [old, fresh] = [workerAt(older.controlPlane, ['count'], 8), workerAt(older.controlPlane, ['count', 'leap'], 2)]
  for (const worker of [old, fresh]) await worker.until(() => worker.received.find(({ kind }) => kind === 'welcome'))
  for (let n = 0; n < 10; n += 1) await walk(older, 1, ['count', 'leap', 'count', 'leap', 'leap'])
  await expect.poll(statuses).toEqual(['completed'])
  expect(new Set(old.assignments.map(({ step }) => step))).toEqual(new Set(['count']))
  expect(fresh.assignments.filter(({ step }) => step === 'leap')).toHaveLength(30)
})

test('a step that no worker knows waits, is told of, and goes to the first that does', async () => {
  workerAt(older.controlPlane, ['count'], 4)
  await walk(older, 1, ['leap', 'count'])
  await walk(older, 1, ['count'])
  await world.db.enginePool.query(`update tasks set visible_at = clock_timestamp() - interval '1 minute' where kind = 'leap'`)
  await lookForZombies(older)
  expect(older.vitals()).toMatchObject({ unknownTasks: 1, stuckTasks: 0 })
  workerAt(older.controlPlane, ['count', 'leap'], 1)
  await older.duties.find(({ name }) => name === 'dispatch_ready')?.run()
  await expect.poll(statuses).toEqual(['completed'])
  await lookForZombies(older)
  expect(older.vitals()).toMatchObject({ unknownTasks: 0 })
})

test('two releases of a control plane take turns at one workflow, each writing its own version', async () => {
  const id = await walk(older, 1, Array(6).fill('count'))
  const versions: number[] = []
  for (const engine of [older, newer, older, newer, older, newer]) {
    const worker = new HandWorker()
    worker.connect(engine.controlPlane, 1)
    const assignment = await worker.nthAssignment(0)
    // It takes nothing more: the next step is the other's.
    worker.send({ kind: 'beat', running: [assignment.task], accepting: false })
    worker.finish(assignment, false)
    await worker.until(() => worker.received.find(({ kind }) => kind === 'finished'))
    const { rows } = await world.db.enginePool.query<{ version: number }>('select version from workflows where id = $1', [id])
    versions.push(rows[0]?.version ?? 0)
  }
  expect(versions).toEqual([1, 2, 1, 2, 1, 2])
  expect(await statuses()).toEqual(['completed'])
})

test('a control plane that cannot read a state leaves it to one that can, and the step is not run again', async () => {
  await walk(newer, 2, ['count'])
  const worker = new HandWorker()
  worker.connect(oldest.controlPlane, 1)
  const assignment = await worker.nthAssignment(0)
  worker.finish(assignment)
  expect(await worker.until(() => worker.closed[0])).toBe('another release must finish this task')
  worker.connect(newer.controlPlane, 1, [assignment.task])
  worker.finish(assignment)
  await worker.until(() => worker.received.find(({ kind }) => kind === 'finished'))
  expect(await statuses()).toEqual(['completed'])
  const { rows } = await world.db.enginePool.query('select attempt, failures from tasks')
  expect(rows).toEqual([{ attempt: 1, failures: 0 }])
})
