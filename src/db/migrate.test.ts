import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { emptyDatabase, type TestDatabase } from '../../test/support/cluster.ts'
import { migrate } from './migrate.ts'

let database: TestDatabase
let path: string
let folder: URL
let client: pg.Client

beforeEach(async () => {
  database = await emptyDatabase()
  path = await mkdtemp(join(tmpdir(), 'everruns-migrations-'))
  folder = pathToFileURL(`${path}/`)
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
})
afterEach(async () => {
  await client.end()
  await database.drop()
  await rm(path, { recursive: true })
})

const write = (name: string, sql: string) => writeFile(join(path, name), sql)
const run = () => migrate({ url: database.url, folder })

test('what has not run yet runs, in order, once', async () => {
  await write('2_fill.sql', 'insert into things values (1); insert into things values (2);')
  await write('1_things.sql', 'create table things (id int primary key);')
  expect(await run()).toEqual(['1_things.sql', '2_fill.sql'])
  expect(await run()).toEqual([])
  expect((await client.query('select from things')).rowCount).toBe(2)
})

test('a migration that fails leaves nothing of itself, and those before it stay', async () => {
  await write('1_things.sql', 'create table things (id int primary key);')
  await write('2_bad.sql', 'insert into things values (1); insert into nothing values (1);')
  await expect(run()).rejects.toThrow(/2_bad\.sql failed: relation "nothing"/)
  expect((await client.query('select from things')).rowCount).toBe(0)
  await write('2_bad.sql', 'insert into things values (1);')
  expect(await run()).toEqual(['2_bad.sql'])
})

test('a migration that was changed after it ran is refused', async () => {
  await write('1_things.sql', 'create table things (id int primary key);')
  await run()
  await write('1_things.sql', 'create table things (id bigint primary key);')
  await expect(run()).rejects.toThrow(/1_things\.sql was changed/)
})

test('migrators that start at once run each migration once', async () => {
  await write('1_things.sql', 'create table things (id int primary key);')
  const ran = await Promise.all([run(), run(), run()])
  expect(ran.flat()).toEqual(['1_things.sql'])
})

test('a migration waits for a table in use without making others wait behind it for long', async () => {
  await write('1_things.sql', 'create table things (id int primary key);')
  await run()
  await client.query('begin; lock table things in access share mode')
  await write('2_more.sql', 'alter table things add column name text;')
  const migrating = run()
  const watcher = new pg.Client({ connectionString: database.url })
  await watcher.connect()
  const lost = `select from pg_stat_activity where application_name = 'everruns migrate' and datname = current_database() and query = 'rollback'`
  while ((await watcher.query(lost)).rowCount === 0) await watcher.query('select pg_sleep(0.05)')
  await watcher.end()
  await client.query('commit')
  expect(await migrating).toEqual(['2_more.sql'])
})
