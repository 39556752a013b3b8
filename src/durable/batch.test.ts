// Items that have to wait for their turn.
import { setImmediate as nextTurn } from 'node:timers/promises'
import pino from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { engineOn, type TestEngine, testEngine } from '../../test/support/engine.ts'
import type { Uuid } from '../contract/ids.ts'
import { connect } from '../db/connect.ts'

let own: TestEngine
beforeEach(async () => {
  own = await testEngine()
})
afterEach(() => own.close())

const touch = (sessionId: Uuid): Promise<Uuid> =>
  own.engine.submit({ name: 'touch', sessionId, bytes: 10, fold: ({ head }) => head.sessionId })

const append = (sessionId: Uuid, data: string, engine = own.engine): Promise<number> =>
  engine.submit({
    name: 'append',
    sessionId,
    bytes: data.length,
    fold: (view) => view.append([{ type: 'session.title.updated', data }], null, null),
  })

test('of fifty items in one transaction the one that cannot be stored fails alone', async () => {
  const heads = await Promise.all(Array.from({ length: 50 }, () => own.head()))
  const poisoned = heads[20]
  const stored = await Promise.allSettled(
    heads.map((head) => append(head, head === poisoned ? 'this is not JSON' : '{"title":"x"}')),
  )
  expect(stored.flatMap(({ status }, n) => (status === 'rejected' ? [heads[n]] : []))).toEqual([poisoned])
  const { rows } = await own.db.enginePool.query<{ id: Uuid }>(
    'select session_id as id from session_heads where last_sequence = 0',
  )
  expect(rows).toEqual([{ id: poisoned }])
})

/** Enough for a transaction beside the one that is in flight. */
const many = 40

test('an item whose head somebody else holds is not forgotten when other items are taken meanwhile', async () => {
  const held = await own.head()
  const others = await Promise.all(Array.from({ length: many }, () => own.head()))
  const holder = await own.db.enginePool.connect()
  await holder.query('begin')
  await holder.query('select from session_heads where session_id = $1 for no key update', [held])
  const waiting = touch(held)
  // It is in a transaction of its own, which finds the head held, when the others come; round after round.
  for (let round = 0; round < 10; round += 1) {
    await nextTurn()
    await nextTurn()
    expect(await Promise.all(others.map(touch))).toEqual(others)
  }
  await holder.query('rollback')
  holder.release()
  expect(await waiting).toBe(held)
})

/** What the engine itself may not do. */

test('an item does not wait for the transaction of another session that takes long', async () => {
  const [slow, quick] = [await own.head(), await own.head()]
  await own.asOwner(slowEvents)
  const order: string[] = []
  const stored = append(slow, '{"title":"slow"}').then(() => order.push('slow'))
  await nextTurn()
  await Promise.all([stored, touch(quick).then(() => order.push('quick'))])
  expect(order).toEqual(['quick', 'slow'])
})

test('of two items in one transaction the one that waits for a row does not hold up the other', async () => {
  const [blocked, free] = [await own.head(), await own.head()]
  const holder = await own.db.enginePool.connect()
  await holder.query('begin')
  await holder.query('select from duty_stamps for update')
  const looks = [
    { text: "set local lock_timeout = '100ms'", values: [] },
    { text: 'select from duty_stamps for update', values: [] },
  ]
  const waiting = own.engine.submit({ name: 'look', sessionId: blocked, bytes: 10, looks, fold: ({ head }) => head.sessionId })
  expect(await touch(free)).toBe(free)
  // Longer than all tries of an item that goes wrong by itself.
  for (let n = 0; n < 10; n += 1) expect(await touch(free)).toBe(free)
  await holder.query('rollback')
  holder.release()
  expect(await waiting).toBe(blocked)
})

test('an engine that ends while the database is away refuses what it could not store', async () => {
  const db = connect({ url: 'postgres://127.0.0.1:1/nobody' })
  const engine = engineOn(db)
  const stored = append(await own.head(), '{"title":"x"}', engine)
  const refused = expect(stored).rejects.toMatchObject({ kind: 'unavailable' })
  await engine.close()
  await refused
  await db.close()
})

/** A row that takes a second to be written. */
const slowEvents = `
  create function take_long() returns trigger language plpgsql as $$ begin perform pg_sleep(1); return new; end $$;
  create trigger take_long before insert on events for each row execute function take_long()`

/** As PostgreSQL says it when its disk is full. */
const fullDisk = `
  create function refuse() returns trigger language plpgsql as $$
    begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
  create trigger full_disk before insert on events execute function refuse()`

test('a database that takes nothing is said in the log once, with its reason, and that it takes again', async () => {
  const said: string[] = []
  let heard = () => {}
  const isSaid = new Promise<void>((resolve) => {
    heard = resolve
  })
  const write = (line: string) => {
    const { msg, err } = JSON.parse(line)
    said.push(err ? `${msg}: ${err.message}` : msg)
    heard()
  }
  const engine = engineOn(own.db, undefined, pino({ level: 'warn' }, { write }))
  const heads = await Promise.all([own.head(), own.head()])
  await own.asOwner(fullDisk)
  const stored = heads.map((head) => append(head, '{"title":"x"}', engine))
  await isSaid
  await own.asOwner('drop trigger full_disk on events')
  expect(await Promise.all(stored)).toEqual([1, 1])
  expect(said).toEqual([
    'the database takes no transactions; they wait: could not extend file: No space left on device',
    'the database takes transactions again',
  ])
  await engine.close()
})
