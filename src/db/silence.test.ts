import { chmodSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Network } from '../../test/faults/harness/proxy.ts'
import { emptyDatabase, type TestDatabase } from '../../test/support/cluster.ts'
import { openPool } from './pools.ts'

const quietMs = 300
let database: TestDatabase
let network: Network
let folder: string
let pool: pg.Pool

/** The same database with a network before it that can fall silent. */
beforeAll(async () => {
  database = await emptyDatabase()
  folder = mkdtempSync(join(tmpdir(), 'everruns-silence-'))
  chmodSync(folder, 0o755)
  const url = new URL(database.url)
  const sockets = url.searchParams.get('host')
  network = await Network.open(
    sockets ? { path: join(sockets, '.s.PGSQL.5432') } : { host: url.hostname, port: Number(url.port || 5432) },
    join(folder, '.s.PGSQL.5432'),
  )
  url.hostname = 'localhost'
  url.port = ''
  url.searchParams.set('host', folder)
  pool = openPool({
    url: url.href,
    max: 4,
    name: 'silence test',
    silence: { url: url.href, quietMs, everyMs: 50 },
    prepare: async () => {},
    warn: () => {},
  })
})
afterAll(async () => {
  await pool.end()
  await network.close()
  await rm(folder, { recursive: true, force: true })
  await database.drop()
})

const pidOn = async (client: pg.PoolClient): Promise<number> => (await client.query('select pg_backend_pid() as pid')).rows[0].pid

/** So many connections in the pool, none in use; their process ids. */
async function idle(count: number): Promise<number[]> {
  const clients = await Promise.all(Array.from({ length: count }, () => pool.connect()))
  const pids = await Promise.all(clients.map(pidOn))
  for (const client of clients) client.release()
  return pids
}

test('a connection that fell silent is given up as lost, and the idle ones that fell silent with it', async () => {
  const cut = await idle(3)
  network.setWhere('silence test', { kind: 'silent' })
  const client = await pool.connect()
  await expect(client.query('select 1')).rejects.toThrow('Connection terminated')
  client.release(true)
  expect(await idle(3)).not.toEqual(expect.arrayContaining([expect.toBeOneOf(cut)]))
})

test('a statement that takes long is waited for', async () => {
  const { rows } = await pool.query('select pg_sleep($1) is not null as slept', [(6 * quietMs) / 1_000])
  expect(rows).toEqual([{ slept: true }])
})

test('a connection is given up when the server cannot be reached by a new one either', async () => {
  const client = await pool.connect()
  network.set({ kind: 'silent' })
  await expect(client.query('select 1')).rejects.toThrow('Connection terminated')
  network.set({ kind: 'open' })
  client.release(true)
})

test('a transaction that waits for its own process is not silent', async () => {
  const client = await pool.connect()
  await client.query('begin')
  const slow = pool.query('select pg_sleep($1)', [(4 * quietMs) / 1_000])
  await slow
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  await client.query('rollback')
  client.release()
})
