// Before the first test: one PostgreSQL for the run (EVERRUNS_TEST_DATABASE_URL, or the embedded one in a temporary folder),
// with a migrated database that every test's own one is copied from; and the processes that tests start, compiled. After the last: everything is gone again.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startEmbedded } from '../../src/db/embedded.ts'
import { migrate } from '../../src/db/migrate.ts'
import { databaseUrl } from './cluster.ts'
import { compileProcesses } from './processes.ts'

declare module 'vitest' {
  interface ProvidedContext {
    testServer: { url: string; template: string; prefix: string }
  }
}

async function server(): Promise<{ url: string; stop(): Promise<void> }> {
  const url = process.env.EVERRUNS_TEST_DATABASE_URL
  return url ? { url, stop: async () => {} } : startEmbedded({ fsync: false })
}

async function dropAll(url: string, prefix: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query(`select datname from pg_database where starts_with(datname, $1)`, [prefix])
  for (const { datname } of rows) await client.query(`drop database if exists ${datname} with (force)`)
  await client.end()
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [{ url, stop }, removeProcesses] = await Promise.all([server(), compileProcesses()])
  const prefix = `everruns_test_${randomBytes(4).toString('hex')}_`
  const template = `${prefix}template`
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`create database ${template}`)
  await client.end()
  await migrate({ url: databaseUrl(url, template) })
  project.provide('testServer', { url, template, prefix })
  return async () => {
    await dropAll(url, prefix)
    await stop()
    await removeProcesses()
  }
}
