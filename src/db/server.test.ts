import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { emptyDatabase, type TestDatabase } from '../../test/support/cluster.ts'
import { judge, refuseUnfitServer } from './server.ts'

let database: TestDatabase
let warnings: string[]
const warn = (sentence: string) => warnings.push(sentence)
beforeEach(async () => {
  database = await emptyDatabase()
  warnings = []
})
afterEach(() => database.drop())

/** What is said about a new connection once this database has the setting. */
async function looked(setting: string): Promise<void> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query(`do $$ begin execute format('alter database %I set ${setting}', current_database()); end $$`)
  await client.end()
  const next = new pg.Client({ connectionString: database.url })
  await next.connect()
  await refuseUnfitServer(next, warn).finally(() => next.end())
}

test('a database that may forget what it committed is used, with a warning', async () => {
  await looked('synchronous_commit = off')
  expect(warnings).toContain(
    'This database has synchronous_commit = off: what was answered as stored is lost if the database server stops hard.',
  )
})

test('a database that takes no writes is refused in a sentence', async () => {
  await expect(looked('default_transaction_read_only = on')).rejects.toThrow(/only lets itself be read .* must name the primary/)
})

test('a server that is too old is refused in a sentence', () => {
  const old = { version: 140_012, versionName: '14.12', isStandby: false, commits: 'on', fsync: 'on' }
  expect(() => judge(old, warn)).toThrow('This database is PostgreSQL 14.12; Everruns needs 15 or newer.')
})
