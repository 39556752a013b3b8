// Breakers of two processes on one database. The clock of each is the test's.
import pino from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HandWorker, startCounting } from '../../../test/support/counting.ts'
import { type TestEngine, testEngine } from '../../../test/support/engine.ts'
import { defaultOrgId } from '../../contract/ids.ts'
import { Breakers } from './breakers.ts'

let world: TestEngine
let now = 0
beforeEach(async () => {
  now = 1_000
  world = await testEngine()
  await world.db.engine.insertInto('organizations').values({ id: defaultOrgId, name: 'Default' }).execute()
})
afterEach(() => world.close())

const key = 'llm:provider_1'
const process = () =>
  new Breakers({ pool: world.db.enginePool, log: pino({ level: 'silent' }), clock: () => now, random: () => 0, freshMs: 0 })
const meet = (breakers: Breakers, ok: boolean, times: number) => {
  for (let n = 0; n < times; n += 1) breakers.heard(defaultOrgId, [{ key, ok }])
}
const row = () => world.db.engine.selectFrom('circuit_breakers').selectAll().executeTakeFirst()

test('what one process opened the other does not call either, until one of them closes it', async () => {
  const [here, there] = [process(), process()]
  meet(here, false, 5)
  expect(here.waitMs(defaultOrgId, key)).toBe(30_000)
  await here.refresh()
  await there.refresh()
  expect(there.waitMs(defaultOrgId, key)).toBeGreaterThan(29_000)
  expect(await row()).toMatchObject({ state: 'open', failure_count: 5, org_id: defaultOrgId })

  now += 31_000
  expect([here, there].map((one) => one.waitMs(defaultOrgId, key))).toEqual([null, null])
  meet(there, true, 2)
  await there.refresh()
  expect(await row()).toMatchObject({ state: 'closed', half_open_at: null })
  await here.refresh()
  meet(here, false, 1)
  expect(here.waitMs(defaultOrgId, key)).toBeNull()
})

test('half open, the first failure opens it again, for all', async () => {
  const [here, there] = [process(), process()]
  meet(here, false, 5)
  await here.refresh()
  await there.refresh()
  const first = await row()
  now += 31_000
  meet(here, false, 1)
  expect(here.waitMs(defaultOrgId, key)).toBe(30_000)
  await here.refresh()
  await there.refresh()
  expect(there.waitMs(defaultOrgId, key)).toBeGreaterThan(29_000)
  expect(Number((await row())?.half_open_at)).toBeGreaterThan(Number(first?.half_open_at))
})

test('what an admin opens or forgets is known within a second', async () => {
  const here = process()
  await world.db.engine
    .insertInto('circuit_breakers')
    .values({ org_id: defaultOrgId, key, state: 'open', half_open_at: new Date(Date.now() + 60_000) })
    .execute()
  await here.refresh()
  expect(here.waitMs(defaultOrgId, key)).toBeGreaterThan(50_000)
  await world.db.engine.deleteFrom('circuit_breakers').execute()
  await here.refresh()
  expect(here.waitMs(defaultOrgId, key)).toBeNull()
})

test('circuits of organisations are their own, and nothing is written while all goes well', async () => {
  const here = process()
  meet(here, true, 100)
  meet(here, false, 4)
  await here.refresh()
  expect(await row()).toBeUndefined()
  meet(here, false, 1)
  expect(here.waitMs('00000000-0000-0000-0000-000000000002', key)).toBeNull()
})

test('the engine counts what a step met once its end is stored', async () => {
  const { engine } = world
  const worker = new HandWorker()
  worker.connect(engine.controlPlane, 10)
  const heads = await Promise.all(Array.from({ length: 5 }, () => world.head(defaultOrgId)))
  await Promise.all(heads.map((head) => startCounting(engine, head, 1)))
  for (let n = 0; n < 5; n += 1) {
    const { task } = await worker.nthAssignment(n)
    const services = [{ key, ok: false }]
    worker.send({ kind: 'finish', task, value: null, events: [], effects: [], wantsNext: false, services })
    // Said twice because the answer seemed lost.
    if (n === 0) worker.send({ kind: 'finish', task, value: null, events: [], effects: [], wantsNext: false, services })
    await worker.until(() => worker.received.filter(({ kind }) => kind === 'finished')[n])
    expect(engine.breakers.waitMs(defaultOrgId, key) === null).toBe(n < 4)
  }
})

test('a postponed step costs no failure and comes back when its time has come', async () => {
  const { engine, db } = world
  const worker = new HandWorker()
  worker.connect(engine.controlPlane, 4)
  await startCounting(engine, await world.head(defaultOrgId), 1)
  const first = await worker.nthAssignment(0)
  worker.send({ kind: 'release', tasks: [first.task], afterMs: 30_000 })
  await worker.until(() => worker.received.find(({ kind }) => kind === 'finished'))
  const task = await db.engine.selectFrom('tasks').selectAll().executeTakeFirstOrThrow()
  expect(task).toMatchObject({ status: 'pending', postponed: 1, failures: 0, attempt: 1 })
  expect(Number(task.visible_at) - Date.now()).toBeGreaterThan(25_000)
  await world.duty('dispatch_ready')
  expect(worker.assignments.every(({ task: { attempt } }) => attempt === 1)).toBe(true)
  await db.enginePool.query('update tasks set visible_at = clock_timestamp()')
  await world.duty('dispatch_ready')
  await worker.until(() => worker.assignments.find((given) => given.task.id === task.id && given.task.attempt === 2))
})
