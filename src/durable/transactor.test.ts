// Heads that a control plane keeps in memory: nobody may notice, but by the round trips.
import type pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { countingRegistration, HandWorker, startCounting } from '../../test/support/counting.ts'
import { engineOn, type TestEngine, testEngine } from '../../test/support/engine.ts'
import { newId, type Uuid } from '../contract/ids.ts'
import { runBatch } from '../db/round-trip.ts'
import { insertEvents } from '../resources/events/log.ts'
import type { Engine } from './engine.ts'
import type { Item } from './item.ts'
import { begin, commit, lockKept, updateHeads } from './statements.ts'
import { Transactor } from './transactor.ts'
import type { HeadView } from './view.ts'

let world: TestEngine
beforeEach(async () => {
  world = await testEngine()
})
afterEach(() => world.close())

const { type } = countingRegistration
const titled = { type: 'session.title.updated', data: '{"title":"x"}' } as const

const item = (sessionId: Uuid, name: string, fold: Item<unknown>['fold']): Item<unknown> => ({
  name,
  sessionId,
  bytes: 100,
  fold,
})
const append = (sessionId: Uuid) => item(sessionId, 'append', (view) => view.append([titled], null, null))

const step = { key: 'step-1', kind: 'count', class: 'pure', input: {} } as const

const transactorAt = (clock: () => number): Transactor =>
  new Transactor({
    types: new Map([[type.type, type]]),
    ports: { appendEvents: insertEvents, effects: new Map(), published: () => {} },
    placing: { place: () => newId(), mayKeep: () => true, knows: () => true },
    unplace: () => {},
    clock,
  })

/** A connection that counts how often something is sent on it. */
async function counted(): Promise<{ client: pg.PoolClient; trips(): number }> {
  const client = await world.db.enginePool.connect()
  let trips = 0
  const counting = new Proxy(client, {
    get(target, key) {
      if (key === 'query') trips += 1
      const value = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return {
    client: counting,
    trips() {
      const made = trips
      trips = 0
      return made
    },
  }
}

test('a head that was left running costs one round trip until somebody else changes it', async () => {
  let now = 1_000
  const transactor = transactorAt(() => now)
  const head = await world.head()
  const { client, trips } = await counted()
  const appended = async (): Promise<[unknown, number]> => {
    const one = append(head)
    return [(await transactor.run(client, [one], false)).fates.get(one), trips()]
  }
  try {
    expect(await appended()).toEqual([{ done: 1 }, 2])
    const state = { done: 0, of: 2, class: 'pure', outcomes: [] } as const
    const begins = item(head, 'start', (view) => {
      view.start(newId(), type, { state: { ...state, outcomes: [] }, tasks: [step] })
    })
    await transactor.run(client, [begins], false)
    expect(trips()).toBe(2)
    expect([await appended(), await appended()]).toEqual([
      [{ done: 2 }, 1],
      [{ done: 3 }, 1],
    ])
    await world.engine.submit(append(head))
    // The trip that found out, one that ends it, and the two with a look.
    expect(await appended()).toEqual([{ done: 5 }, 4])
    expect(await appended()).toEqual([{ done: 6 }, 1])
    // Nothing was heard of the database for long.
    now += 60_000
    expect(await appended()).toEqual([{ done: 7 }, 2])
    // This process's clock leaps: what it takes for the database's time lies ahead of it.
    now += 4_000
    expect(await appended()).toEqual([{ done: 8 }, 4])
  } finally {
    client.release()
  }
})

test('what was kept is not believed on a new connection: the server may have lost it, and somebody written something else', async () => {
  const transactor = transactorAt(() => 1_000)
  const head = await world.head()
  const [old, fresh] = [await counted(), await counted()]
  const begins = item(head, 'start', (view) => {
    view.start(newId(), type, { state: { done: 0, of: 2, class: 'pure', outcomes: [] }, tasks: [step] })
  })
  await transactor.run(old.client, [begins], false)
  // The same revision, and another past.
  await world.db.enginePool.query('update session_heads set last_sequence = 7')
  const one = append(head)
  expect((await transactor.run(fresh.client, [one], false)).fates.get(one)).toEqual({ done: 8 })
  for (const { client } of [old, fresh]) client.release()
})

test('of two transactions that keep a head at the same revision one commits, however close they are', async () => {
  const [pool, sessionId] = [world.db.enginePool, await world.head()]
  const clients = [await pool.connect(), await pool.connect()]
  const read =
    'select org_id as "orgId", revision, floor(extract(epoch from clock_timestamp()) * 1000)::float8 as now from session_heads'
  let committed = 0
  try {
    for (let round = 0; round < 300; round += 1) {
      const { rows } = await pool.query(read)
      const [{ orgId, revision, now }] = rows
      expect(revision).toBe(committed)
      const head = { sessionId, orgId, lastSequence: 0, lastInput: 0, liveTurn: null, revision }
      const statements = [begin, lockKept([head], now), updateHeads([{ ...head, revision: revision + 1 }]), commit]
      const ends = await Promise.allSettled(clients.map((client) => runBatch(client, statements)))
      for (const client of clients) await client.query('rollback')
      committed += ends.filter(({ status }) => status === 'fulfilled').length
    }
    expect(committed).toBeGreaterThan(250)
  } finally {
    for (const client of clients) client.release()
  }
})

/** A workflow of two steps, the first of them held by this worker, and its head kept by `world.engine`. */
async function heldBy(worker: HandWorker): Promise<{ head: Uuid; id: Uuid }> {
  worker.connect(world.engine.controlPlane, 1)
  await worker.until(() => worker.received.find(({ kind }) => kind === 'welcome'))
  const head = await world.head()
  const id = await startCounting(world.engine, head, 2)
  await worker.nthAssignment(0)
  return { head, id }
}

const taskRows = async () =>
  (await world.db.enginePool.query('select status, attempt, failures, lost_by, emitted from tasks order by id')).rows

const answered = async (worker: HandWorker, kind: string): Promise<void> => {
  await worker.until(() => worker.received.find((message) => message.kind === kind))
}

test('what is taken from a worker through another control plane is not its own any more', async () => {
  const replica = engineOn(world.db)
  const worker = new HandWorker()
  const { head } = await heldBy(worker)
  const [assignment] = worker.assignments
  if (!assignment) throw new Error('nothing was assigned')
  // No event tells of it: only the revision does.
  await replica.submit(item(head, 'put back', (view) => giveBack(view, assignment.task.id)))
  worker.finish(assignment)
  await answered(worker, 'stop')
  expect(await taskRows()).toEqual([{ status: 'pending', attempt: 1, failures: 0, lost_by: null, emitted: 0 }])
  await replica.close()
})

const giveBack = (view: HeadView, id: Uuid): void => {
  const task = view.tasks.get(id)
  if (!task) throw new Error('no such task')
  view.change(Object.assign(task, { status: 'pending', claimedBy: null, claimedAt: null }))
}

test('a step that waited for a claim belongs to whoever claimed it', async () => {
  const head = await world.head()
  await startCounting(world.engine, head, 1)
  const worker = new HandWorker()
  worker.connect(world.engine.controlPlane, 1)
  worker.finish(await worker.nthAssignment(0))
  await answered(worker, 'finished')
  expect(await taskRows()).toMatchObject([{ status: 'completed', attempt: 1 }])
})

/** The holder's lease is over, and the sweep says so. */
async function lose({ engine }: { engine: Engine }, worker: HandWorker): Promise<void> {
  worker.cut()
  await world.db.enginePool.query(
    `update workers set lease_until = clock_timestamp() - interval '1 ms', rerun_until = clock_timestamp() - interval '1 ms'
     where incarnation = $1`,
    [worker.incarnation],
  )
  while ((await taskRows()).every(({ lost_by }) => lost_by === null))
    await engine.duties.find(({ name }) => name === 'sweep_leases')?.run()
}

test('a loss that is forgiven because the worker is back stays forgiven', async () => {
  const [lost, next] = [new HandWorker(), new HandWorker()]
  await heldBy(lost)
  await lose(world, lost)
  next.connect(world.engine.controlPlane, 1)
  const { task } = await next.nthAssignment(0)
  const emit = (number: number) => next.send({ kind: 'emit', task, number, chars: 0, events: [titled] })
  emit(1)
  await answered(next, 'emitted')
  expect(await taskRows()).toMatchObject([{ failures: 1, lost_by: lost.incarnation, emitted: 1 }])
  const back = new HandWorker(lost.incarnation)
  back.connect(world.engine.controlPlane, 0)
  await answered(back, 'welcome')
  expect(await taskRows()).toMatchObject([{ failures: 0, lost_by: null }])
  emit(2)
  await next.until(() => next.received.filter(({ kind }) => kind === 'emitted')[1])
  expect(await taskRows()).toMatchObject([{ status: 'claimed', failures: 0, lost_by: null, emitted: 2 }])
})
