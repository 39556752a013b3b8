// Runs the plain SQL files of migrations/ that this database has not seen. Safe to call from every control plane at once.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { isOutage } from './outage.ts'
import { refuseUnfitServer } from './server.ts'

/** The same from src/db and from dist/db. */
const migrationsFolder = new URL('../../migrations/', import.meta.url)

interface Migration {
  name: string
  sql: string
  checksum: string
}

async function migrationsIn(folder: URL): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name) => {
      const sql = (await readFile(new URL(name, folder), 'utf8')).replaceAll('\r\n', '\n')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

const migratorLock = 3_377_041_228
const lockRetryMs = 200

// Polled, because a session that waits for an advisory lock holds a snapshot that DDL of others would wait for.
async function takeLock(client: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query('select pg_try_advisory_lock($1) as taken', [migratorLock])
    if (rows[0].taken) return
    await wait(lockRetryMs)
  }
}

const bookkeeping = `
  create table if not exists schema_migrations (
    name text primary key,
    checksum text not null,
    applied_at timestamptz not null default now()
  )`

// The first migration grants every table to these roles; only the migrator writes this one.
const protectBookkeeping = `do $$ begin
  if exists (select from pg_roles where rolname = 'everruns_app') then
    revoke insert, update, delete on schema_migrations from everruns_app, everruns_engine;
  end if;
end $$`

/** What is still to run. Throws when a migration that has run reads differently now. */
async function pending(client: pg.Client, migrations: Migration[]): Promise<Migration[]> {
  const { rows } = await client.query<{ name: string; checksum: string }>('select name, checksum from schema_migrations')
  const applied = new Map(rows.map((row) => [row.name, row.checksum]))
  for (const { name, checksum } of migrations) {
    const before = applied.get(name)
    if (before && before !== checksum) {
      throw new Error(
        `Migration ${name} was changed after it had run on this database. Restore the file and add a new migration.`,
      )
    }
  }
  return migrations.filter(({ name }) => !applied.has(name))
}

const ddlLockTimeoutMs = 3_000
const attempts = 20

async function applyOnce(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  try {
    // A lock that does not come soon would make everybody behind us wait as well.
    await client.query(`begin; set local lock_timeout = ${ddlLockTimeoutMs}`)
    await client.query(sql)
    await client.query('insert into schema_migrations (name, checksum) values ($1, $2)', [name, checksum])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await applyOnce(client, migration)
    } catch (error) {
      const lostALock = error instanceof pg.DatabaseError && isOutage(error)
      if (!lostALock || attempt === attempts) {
        throw new Error(`Migration ${migration.name} failed: ${error instanceof Error ? error.message : error}`, { cause: error })
      }
      await wait(attempt * 100)
    }
  }
}

/** Throws the sentence for whoever set DATABASE_URL. */
export function sayUnreachable(error: Error): never {
  throw new Error(`The database cannot be reached (${error.message}). Is DATABASE_URL right?`, { cause: error })
}

export interface MigrateOptions {
  /** Past a pooler: the lock belongs to the connection. */
  url: string
  folder?: URL
  /** Told of settings of the server under which it may forget what it has committed. */
  warn?(sentence: string): void
}

/** Brings the database up to date and returns the names of what ran. Migrations of a newer release that are there are left alone. */
export async function migrate({ url, folder = migrationsFolder, warn = () => {} }: MigrateOptions): Promise<string[]> {
  const migrations = await migrationsIn(folder)
  const client = new pg.Client({ connectionString: url, application_name: 'everruns migrate', connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  try {
    await client.connect().catch(sayUnreachable)
    await refuseUnfitServer(client, warn)
    await takeLock(client)
    await client.query(bookkeeping)
    const todo = await pending(client, migrations)
    for (const migration of todo) await apply(client, migration)
    await client.query(protectBookkeeping)
    return todo.map(({ name }) => name)
  } finally {
    await client.end().catch(() => {})
  }
}

const undefinedTable = '42P01'

/** Rejects while the database is away or lacks a migration of this release. */
export async function refuseUnmigrated(pool: pg.Pool): Promise<void> {
  const names = (await readdir(migrationsFolder)).filter((name) => name.endsWith('.sql'))
  const { rows } = await pool.query<{ name: string }>('select name from schema_migrations').catch((error) => {
    if (error instanceof pg.DatabaseError && error.code === undefinedTable)
      throw new Error('This database has never been used by Everruns: run everruns migrate, or start a server on it.')
    throw error
  })
  const applied = new Set(rows.map(({ name }) => name))
  const missing = names.find((name) => !applied.has(name))
  if (missing) throw new Error(`Migration ${missing} has not run on this database.`)
}
