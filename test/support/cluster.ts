// Databases for tests: each is a copy of one migrated template on the run's own PostgreSQL.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

export interface TestDatabase {
  url: string
  /** Also ends connections that are still open. */
  drop(): Promise<void>
}

/** The URL of another database on the same server. */
export function databaseUrl(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.toString()
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('testServer').url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

async function create(template: string): Promise<TestDatabase> {
  const { url, prefix } = inject('testServer')
  const name = `${prefix}${randomBytes(6).toString('hex')}`
  await onServer(`create database ${name} template ${template} strategy file_copy`)
  return { url: databaseUrl(url, name), drop: () => onServer(`drop database if exists ${name} with (force)`) }
}

/** A migrated database of its own, in some 50 ms. */
export const freshDatabase = (): Promise<TestDatabase> => create(inject('testServer').template)

/** A database with nothing in it. */
export const emptyDatabase = (): Promise<TestDatabase> => create('template0')
