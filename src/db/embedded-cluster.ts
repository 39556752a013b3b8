// One cluster's folder: made once and whole, started, recognised, stopped.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { chown, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type pg from 'pg'
import type { Binaries } from './embedded-binaries.ts'
import { privateFolder, type SystemUser } from './embedded-user.ts'

const run = promisify(execFile)
// Messages of the tools are read by us: one language, whatever the system speaks.
const env = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' }

const superuser = 'everruns'

export interface Cluster {
  /** Holds data/, postgres.log and nothing else. */
  dir: string
  user: SystemUser | null
  binaries: Binaries
  fsync: boolean
}

const dataOf = (cluster: Cluster): string => join(cluster.dir, 'data')
const logOf = (cluster: Cluster): string => join(cluster.dir, 'postgres.log')

/** Makes the cluster where there is none. A making that was cut off left only a folder of another name. */
export async function initialise(cluster: Cluster): Promise<void> {
  if (existsSync(join(dataOf(cluster), 'PG_VERSION'))) return
  const half = join(cluster.dir, `half-made-${randomBytes(6).toString('hex')}`)
  await privateFolder(half, cluster.user)
  const trust = ['--auth-local=trust', '--auth-host=reject', '-U', superuser]
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  await run(cluster.binaries.initdb, ['-D', half, ...trust, ...locale, ...(cluster.fsync ? [] : ['--no-sync'])], {
    ...cluster.user,
    cwd: '/',
    env,
  }).catch(refuseHalfMade)
  await rename(half, dataOf(cluster)).catch((error: NodeJS.ErrnoException) => {
    // Somebody else made it in the meantime; which of us may use it is decided later, by the lock.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  })
}

/** Ctrl-C reaches initdb too, which then removes what it made. */
function refuseHalfMade(error: { signal?: string | null; stdout?: string; stderr?: string }): never {
  if (error.signal === 'SIGINT' || /caught signal|terminated by signal 2/.test(`${error.stdout}${error.stderr}`))
    throw new Error('Stopped while the database was being made; the next start makes it.')
  throw error
}

/** Removes what cut-off makings left. Only for the holder of the cluster's lock. */
export async function clearHalfMade(cluster: Cluster): Promise<void> {
  for (const name of await readdir(cluster.dir)) {
    if (name.startsWith('half-made-')) await rm(join(cluster.dir, name), { recursive: true, force: true })
  }
}

// sun_path holds 108 bytes with its closing zero; PostgreSQL adds `/.s.PGSQL.5432.lock`.
const longestSocketFolder = 107 - 19

/** A new folder for the socket that only the cluster's user (and root) can enter. */
export async function socketFolder(user: SystemUser | null): Promise<string> {
  const base = Buffer.byteLength(tmpdir()) + 20 <= longestSocketFolder ? tmpdir() : '/tmp'
  const folder = await mkdtemp(join(base, 'everruns-'))
  if (user) await chown(folder, user.uid, user.gid)
  return folder
}

/** Where the server that last used this data put its socket: a hint, to be proven by `isThis`. */
export async function lastSocketFolder(cluster: Cluster): Promise<string | null> {
  const lines = (await readFile(join(dataOf(cluster), 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  return lines[4]?.trim() || null
}

/** Whether the server at the other end of this connection serves this very data. */
export async function isThis(cluster: Cluster, client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(
    `select current_setting('data_directory') as dir, system_identifier::text as id from pg_control_system()`,
  )
  const control = await readFile(join(dataOf(cluster), 'global/pg_control')).catch(() => null)
  return control !== null && rows[0].dir === dataOf(cluster) && rows[0].id === control.readBigUInt64LE(0).toString()
}

const settings = (cluster: Cluster, sockets: string): string[] =>
  Object.entries({
    listen_addresses: '',
    unix_socket_directories: sockets,
    unix_socket_permissions: '0700',
    shared_buffers: '128MB',
    max_connections: '100',
    jit: 'off',
    synchronous_commit: 'on',
    fsync: cluster.fsync ? 'on' : 'off',
    full_page_writes: cluster.fsync ? 'on' : 'off',
    wal_level: 'minimal',
    max_wal_senders: '0',
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])

/**
 * Starts a server in a process group of its own, so that Ctrl-C in our terminal does not reach it: we stop it, last. `more` settings
 * win over the usual ones.
 */
export async function spawnServer(cluster: Cluster, sockets: string, more: readonly string[] = []): Promise<ChildProcess> {
  const log = await open(logOf(cluster), 'w')
  const child = spawn(
    cluster.binaries.postgres,
    ['-D', dataOf(cluster), ...settings(cluster, sockets), ...more.flatMap((setting) => ['-c', setting])],
    {
      ...cluster.user,
      cwd: '/',
      env,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    },
  )
  child.on('error', () => {})
  child.unref()
  await log.close()
  return child
}

/** The last lines the server wrote. */
export const logTail = async (cluster: Cluster): Promise<string> =>
  (await readFile(logOf(cluster), 'utf8').catch(() => '')).trim().split('\n').slice(-4).join(' | ')

/** Fast shutdown: open transactions are rolled back, everything committed is on disk. */
export async function stopServer(cluster: Cluster): Promise<void> {
  const stop = (mode: string) =>
    run(cluster.binaries.pgCtl, ['stop', '-D', dataOf(cluster), '-m', mode, '-w', '-t', '20'], { ...cluster.user, cwd: '/', env })
  await stop('fast').catch(() => stop('immediate').catch(() => undefined))
}

/** Asks for the same without waiting: for a process that is ending. Only for the holder of the cluster's lock. */
export function tellToStop(cluster: Cluster): void {
  try {
    const [pid] = readFileSync(join(dataOf(cluster), 'postmaster.pid'), 'utf8').split('\n')
    process.kill(Number(pid), 'SIGINT')
  } catch {
    // It is gone already.
  }
}

export const socketUrl = (sockets: string, database: string): string =>
  `postgres://${superuser}@localhost/${database}?host=${encodeURIComponent(sockets)}`
