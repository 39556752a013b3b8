import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { emptyDatabase, type TestDatabase } from '../../test/support/cluster.ts'
import { defaultOrgId } from '../contract/ids.ts'
import { connect } from './connect.ts'
import { migrate } from './migrate.ts'

const role = `everruns_plain_${randomBytes(4).toString('hex')}`
let database: TestDatabase
let url: string

async function asOwner(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query(statement)
  await client.end()
}

beforeAll(async () => {
  database = await emptyDatabase()
  await asOwner(`create role ${role} login password 'x'; grant create on schema public to ${role}`)
  const plain = new URL(database.url)
  plain.username = role
  plain.password = 'x'
  url = plain.toString()
})
afterAll(async () => {
  await asOwner(`drop owned by ${role}; drop role ${role}`)
  await database.drop()
})

test('where the database gives us no roles, everything works without the second wall, and a warning says so', async () => {
  const warnings: string[] = []
  await migrate({ url })
  const db = connect({ url, warn: (sentence) => warnings.push(sentence) })
  await db.engine.insertInto('organizations').values({ id: defaultOrgId, name: 'ours' }).execute()
  const workspace = { id: defaultOrgId, org_id: defaultOrgId, name: 'ours' }
  await db.asOrg(defaultOrgId, 'write', (tx) => tx.insertInto('workspaces').values(workspace).execute())
  expect(await db.engine.selectFrom('workspaces').select('name').execute()).toEqual([{ name: 'ours' }])
  expect(warnings).toEqual([expect.stringMatching(/no roles of our own/)])
  await db.close()
})
