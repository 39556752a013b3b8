// Two control planes at one head: what the first commits, the second must see, however close together they come.
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { countingRegistration } from '../../test/support/counting.ts'
import { type TestEngine, testEngine } from '../../test/support/engine.ts'
import { newId, type Uuid } from '../contract/ids.ts'
import { insertEvents } from '../resources/events/log.ts'
import type { Item } from './item.ts'
import { type Fate, type TransactOptions, transact } from './transact.ts'

let world: TestEngine
beforeEach(async () => {
  world = await testEngine()
})
afterEach(() => world.close())

const { type } = countingRegistration
const options: TransactOptions = {
  types: new Map([[type.type, type]]),
  ports: { appendEvents: insertEvents, effects: new Map(), published: () => {} },
  placing: { place: () => null, mayKeep: () => true, knows: () => true },
  rerun: false,
}
const state = { done: 0, of: 1, class: 'pure', outcomes: [] } as const
const task = { key: 'step-1', kind: 'count', class: 'pure', input: {} } as const

async function fateOf(client: pg.PoolClient, item: Item<unknown>): Promise<Fate | undefined> {
  return (await transact(client, [item], options)).fates.get(item)
}

/** Until a connection waits for what this one has locked. */
async function isWaitedFor(client: pg.PoolClient): Promise<void> {
  const waits = 'select from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))'
  while ((await client.query(waits)).rowCount === 0) await wait(5)
}

/** Holds off whoever wants a head: the second plane gets exactly between the look and the lock, if there is such a place. */
const lockAllHeads = async (client: pg.PoolClient): Promise<void> => {
  await client.query('begin')
  await client.query('lock table session_heads in exclusive mode')
}

const start = (sessionId: Uuid, id: Uuid): Item<void> => ({
  name: 'start',
  sessionId,
  bytes: 100,
  fold(view) {
    view.start(id, type, { state: { ...state, outcomes: [] }, tasks: [task] })
  },
})
const look = (sessionId: Uuid): Item<unknown> => ({
  name: 'look',
  sessionId,
  bytes: 10,
  fold: (view) => ({ head: view.head.liveTurn, workflow: view.workflow?.id, open: view.openTasks().map(({ key }) => key) }),
})

test('a workflow that another control plane starts while a head is waited for is seen once the head is there', async () => {
  const [head, started] = [await world.head(), newId()]
  const first = await world.db.enginePool.connect()
  const second = await world.db.enginePool.connect()
  try {
    await lockAllHeads(first)
    const seen = fateOf(second, look(head))
    await isWaitedFor(first)
    expect(await fateOf(first, start(head, started))).toEqual({ done: undefined })
    expect(await seen).toEqual({ done: { head: started, workflow: started, open: ['step-1'] } })
  } finally {
    first.release(true)
    second.release(true)
  }
})
