import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { emptyDatabase, type TestDatabase } from '../../test/support/cluster.ts'
import type { Statement } from './batch-query.ts'
import { RoundTrip, runBatch } from './round-trip.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await emptyDatabase()
  client = new pg.Client({ connectionString: database.url, query_timeout: 10_000 })
  await client.connect()
  await client.query('create table things (id int primary key, at timestamptz, size int8, data json, note text)')
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

const insert = (id: number): Statement => ({
  name: 'insert_thing',
  text: 'insert into things values ($1, $2, $3, $4, $5)',
  values: [id, new Date(0), 2 ** 40, JSON.stringify({ id }), null],
})
const find = (id: number): Statement => ({ name: 'find_thing', text: 'select * from things where id = $1', values: [id] })
const plain = (text: string): Statement => ({ text, values: [] })
const count = async () => (await client.query('select count(*)::int as n from things')).rows[0].n

test('each asker gets its own rows, the same statement twice, prepared or not', async () => {
  for (const id of [1, 2]) {
    const trip = new RoundTrip()
    trip.ask(insert(id))
    const found = trip.ask(find(id))
    const missing = trip.ask(find(99))
    const one = trip.ask<{ one: number }>(plain('select 1 as one'))
    await trip.make(client)
    expect(found()).toEqual([{ id, at: new Date(0), size: 2 ** 40, data: { id }, note: null }])
    expect(missing()).toEqual([])
    expect(one()).toEqual([{ one: 1 }])
  }
})

test('after a failure nothing is run, and the connection goes on', async () => {
  const before = await count()
  const never: Statement = { name: 'never_prepared', text: 'select $1::int as n', values: [1] }
  await expect(runBatch(client, [plain('begin'), insert(3), insert(3), never, plain('commit')])).rejects.toMatchObject({
    code: '23505',
  })
  expect((await runBatch(client, [plain('rollback')]))[0]?.command).toBe('ROLLBACK')
  expect(await count()).toBe(before)
  expect((await runBatch(client, [never]))[0]?.rows).toEqual([{ n: 1 }])
})

test('a statement that cannot be parsed is not taken for prepared', async () => {
  const broken: Statement = { name: 'later_right', text: 'select * from not_yet', values: [] }
  await expect(runBatch(client, [broken])).rejects.toMatchObject({ code: '42P01' })
  await client.query('create table not_yet (n int)')
  expect((await runBatch(client, [broken]))[0]).toMatchObject({ rows: [], command: 'SELECT', rowCount: 0 })
})

test('a name with another text is refused before anything is sent', async () => {
  await expect(runBatch(client, [find(1), { ...find(1), text: 'select 2' }])).rejects.toThrow('another text')
  expect((await runBatch(client, [find(1)]))[0]?.rowCount).toBe(1)
})

test('a connection that breaks rejects the batch it was asked', async () => {
  const other = new pg.Client({ connectionString: database.url })
  other.on('error', () => {})
  await other.connect()
  const pid = (await runBatch(other, [plain('select pg_backend_pid() as pid')]))[0]?.rows[0]?.pid
  const waiting = runBatch(other, [plain('select pg_sleep(30)')])
  const refused = expect(waiting).rejects.toThrow()
  await client.query('select pg_terminate_backend($1)', [pid])
  await refused
})
