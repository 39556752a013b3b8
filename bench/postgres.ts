// The PostgreSQL under measurement: one of our own with default durability, or one that was named.
import pg from 'pg'
import { startEmbedded } from '../src/db/embedded.ts'
import { parentOf } from './cpu.ts'

export interface Counters {
  /** Transaction ids handed out: one per transaction that wrote. */
  writeTransactions: number
  walBytes: number
}

export interface Postgres {
  version: string
  /** The server's first process. */
  postmaster: number
  /** An empty database of this name; answers its URL. */
  fresh(name: string): Promise<string>
  counters(): Promise<Counters>
  close(): Promise<void>
}

/** As on a disk whose fsync takes two milliseconds: the first to flush waits for others, even when there are none. */
const slowDiskSettings = ['commit_delay = 2000', 'commit_siblings = 0']

/** `url`: a server of somebody else's, which is left running. */
export async function openPostgres({ url, slowDisk }: { url?: string; slowDisk: boolean }): Promise<Postgres> {
  const own = url ? null : await startEmbedded({ fsync: true })
  const base = url ?? own?.url ?? ''
  const admin = new pg.Client({ connectionString: base })
  admin.on('error', () => {})
  await admin.connect()
  if (slowDisk) for (const setting of slowDiskSettings) await admin.query(`alter role current_user set ${setting}`)
  const { rows } = await admin.query<{ pid: number; version: string }>(
    `select pg_backend_pid() as pid, current_setting('server_version') as version`,
  )
  return {
    version: rows[0]?.version ?? '',
    postmaster: parentOf(rows[0]?.pid ?? 0),
    async fresh(name) {
      await admin.query(`drop database if exists ${name} with (force)`)
      await admin.query(`create database ${name}`)
      await admin.query('checkpoint')
      return urlOf(base, name)
    },
    counters: () => countersOf(admin),
    async close() {
      if (slowDisk) await admin.query('alter role current_user reset all')
      await admin.end()
      await own?.stop()
    },
  }
}

function urlOf(base: string, database: string): string {
  const url = new URL(base)
  url.pathname = `/${database}`
  return url.toString()
}

async function countersOf(admin: pg.Client): Promise<Counters> {
  const { rows } = await admin.query<Counters>(
    `select pg_snapshot_xmax(pg_current_snapshot())::text::float8 as "writeTransactions",
       (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::float8 as "walBytes"`,
  )
  return rows[0] ?? { writeTransactions: 0, walBytes: 0 }
}
