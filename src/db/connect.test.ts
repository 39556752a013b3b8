import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../test/support/cluster.ts'
import { defaultOrgId, newId } from '../contract/ids.ts'
import { Problem } from '../contract/problem.ts'
import { connect, type Db } from './connect.ts'

let database: TestDatabase
let db: Db
const warnings: string[] = []
const otherOrg = newId()

beforeAll(async () => {
  database = await freshDatabase()
  db = connect({ url: database.url, warn: (sentence) => warnings.push(sentence) })
  for (const [id, name] of [
    [defaultOrgId, 'ours'],
    [otherOrg, 'theirs'],
  ] as const) {
    await db.engine.insertInto('organizations').values({ id, name }).execute()
    await db.engine.insertInto('workspaces').values({ id: newId(), org_id: id, name }).execute()
  }
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

const workspaceNames = (orgId: string) =>
  db.asOrg(orgId, 'read', async (tx) => (await tx.selectFrom('workspaces').select('name').execute()).map(({ name }) => name))

test('a transaction sees the rows of its organisation and no others', async () => {
  expect(await workspaceNames(defaultOrgId)).toEqual(['ours'])
  expect(await workspaceNames(otherOrg)).toEqual(['theirs'])
  expect(await workspaceNames(newId())).toEqual([])
})

test('without an organisation the role sees nothing', async () => {
  const client = await db.enginePool.connect()
  await client.query('reset role; begin; set local role everruns_app')
  expect((await client.query('select from workspaces')).rowCount).toBe(0)
  await client.query('rollback')
  client.release(true)
})

test('a row of another organisation cannot be written', async () => {
  const write = db.asOrg(defaultOrgId, 'write', (tx) =>
    tx.insertInto('workspaces').values({ id: newId(), org_id: otherOrg, name: 'smuggled' }).execute(),
  )
  await expect(write).rejects.toThrow(/row-level security/)
})

test('what a transaction wrote is gone when its work throws', async () => {
  const work = db.asOrg(defaultOrgId, 'write', async (tx) => {
    await tx.insertInto('workspaces').values({ id: newId(), org_id: defaultOrgId, name: 'never' }).execute()
    throw new Problem('conflict', 'changed my mind')
  })
  await expect(work).rejects.toThrow('changed my mind')
  expect(await workspaceNames(defaultOrgId)).toEqual(['ours'])
})

test('a read cannot write', async () => {
  const write = db.asOrg(defaultOrgId, 'read', (tx) => tx.deleteFrom('workspaces').execute())
  await expect(write).rejects.toThrow(/read-only/)
})

test('a swallowed SQL error does not look like a commit', async () => {
  const work = db.asOrg(defaultOrgId, 'write', async (tx) => {
    await tx
      .insertInto('workspaces')
      .values({ id: newId(), org_id: defaultOrgId, name: 'ours' })
      .execute()
      .catch(() => 'swallowed')
  })
  await expect(work).rejects.toThrow(/rolled back/)
})

test('an organisation id that is none never reaches the database', async () => {
  await expect(db.asOrg("x'; drop table events; --", 'read', async () => 1)).rejects.toThrow(/lowercase UUID/)
})

test('counters come back as numbers, times as dates, JSON parsed', async () => {
  const row = await db.engine.selectFrom('organizations').selectAll().where('id', '=', defaultOrgId).executeTakeFirstOrThrow()
  expect(row.config_revision).toBe(1)
  expect(row.created_at).toBeInstanceOf(Date)
  const { rows } = await db.enginePool.query(
    `select sum(config_revision) as sum, '{"a": [1]}'::json as parsed from organizations`,
  )
  expect(rows[0]).toEqual({ sum: 2, parsed: { a: [1] } })
})

test("the engine's connections run under their own role", async () => {
  const { rows } = await db.enginePool.query('select current_user as me')
  expect(rows).toEqual([{ me: 'everruns_engine' }])
})

test('a broken connection harms one caller, and the next gets a new one', async () => {
  const broken = db.asOrg(defaultOrgId, 'read', async (tx) => {
    const { pid } = await tx.selectNoFrom(({ fn }) => fn<number>('pg_backend_pid').as('pid')).executeTakeFirstOrThrow()
    const killer = await db.enginePool.connect()
    await killer.query('reset role')
    await killer.query('select pg_terminate_backend($1)', [pid])
    killer.release(true)
    return tx.selectFrom('workspaces').selectAll().execute()
  })
  await expect(broken).rejects.toMatchObject({ kind: 'unavailable', retryAfterSeconds: 1 })
  expect(await workspaceNames(defaultOrgId)).toEqual(['ours'])
})

test('a server that is away answers unavailable', async () => {
  const away = connect({ url: 'postgres://x@localhost/x?host=/nowhere/at/all' })
  await expect(away.asOrg(defaultOrgId, 'read', async () => 1)).rejects.toMatchObject({ kind: 'unavailable' })
  await away.close()
})

test('nothing was worth a warning but the connection we killed ourselves', () => {
  expect(warnings.filter((sentence) => !sentence.includes('connection was lost'))).toEqual([])
})

test('every statement sees what was committed before it, whatever the database does by itself', async () => {
  await db.enginePool.query(`reset role; do $$ begin
    execute format('alter database %I set default_transaction_isolation = ''repeatable read''', current_database());
  end $$`)
  const later = connect({ url: database.url })
  const isolation = sql<{ isolation: string }>`select current_setting('transaction_isolation') as isolation`
  const ofRequests = await later.asOrg(defaultOrgId, 'write', (tx) => isolation.execute(tx))
  const ofEngine = await later.enginePool.query('show transaction_isolation')
  expect(ofRequests.rows).toEqual([{ isolation: 'read committed' }])
  expect(ofEngine.rows).toEqual([{ transaction_isolation: 'read committed' }])
  await later.close()
})
