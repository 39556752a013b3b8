// A PostgreSQL of our own with fsync on, which a test may take away and bring back.
import { type ChildProcess, execFile } from 'node:child_process'
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { binariesFor } from '../../../src/db/embedded-binaries.ts'
import {
  type Cluster,
  initialise,
  logTail,
  socketFolder,
  socketUrl,
  spawnServer,
  stopServer,
} from '../../../src/db/embedded-cluster.ts'
import { placeFor, privateFolder } from '../../../src/db/embedded-user.ts'

const run = promisify(execFile)
const database = 'faults'
/** Settings of a server that others may follow. */
export const replicated = ['wal_level=replica', 'max_wal_senders=5', 'wal_keep_size=512MB']
const startMs = 30_000
const retryMs = 20

export interface PostgresWish {
  /** An empty folder for the data; one of its own unless said. */
  folder?: string
  /** Settings beside the usual ones: `name=value`. */
  settings?: readonly string[]
}

export class Postgres {
  readonly #cluster: Cluster
  readonly #sockets: string
  readonly #settings: readonly string[]
  #process: ChildProcess | null = null

  private constructor(cluster: Cluster, sockets: string, settings: readonly string[]) {
    this.#cluster = cluster
    this.#sockets = sockets
    this.#settings = settings
  }

  static async open({ folder: wished, settings = [] }: PostgresWish = {}): Promise<Postgres> {
    const folder = wished ?? (await newFolder())
    await chmod(folder, 0o711)
    const { dir, user } = await placeFor(folder)
    const cluster: Cluster = { dir, user, binaries: await binariesFor(user), fsync: true }
    await initialise(cluster)
    const postgres = new Postgres(cluster, await socketFolder(user), settings)
    await postgres.start()
    await postgres.#query('postgres', `create database ${database}`)
    return postgres
  }

  get url(): string {
    return socketUrl(this.#sockets, database)
  }

  /** Where it listens. */
  get socket(): string {
    return join(this.#sockets, '.s.PGSQL.5432')
  }

  /** The same database past something else that listens at `folder`'s socket. */
  urlAt(folder: string): string {
    return socketUrl(folder, database)
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    this.#process = await spawnServer(this.#cluster, this.#sockets, this.#settings)
    await this.answers()
  }

  /** Whether the server gave up altogether, rather than starting itself anew. */
  get hasEnded(): boolean {
    return this.#process === null || this.#process.exitCode !== null || this.#process.signalCode !== null
  }

  /** Resolves when it answers. */
  async answers(): Promise<void> {
    for (const until = Date.now() + startMs; ; await wait(retryMs)) {
      try {
        return await this.#query('postgres', 'select 1')
      } catch (error) {
        if (Date.now() > until) throw new Error(`PostgreSQL did not start: ${await logTail(this.#cluster)}`, { cause: error })
      }
    }
  }

  /**
   * A second server that follows this one, and that every commit waits for from now on: what was committed here is there. Both need
   * `replicated` among their settings. Made as a base backup is, from a copy of the files between `pg_backup_start` and `pg_backup_stop`.
   */
  async standby(): Promise<Postgres> {
    const { user, binaries, fsync } = this.#cluster
    const { dir } = await placeFor(await newFolder())
    const data = join(dir, 'data')
    await privateFolder(data, user)
    const label = await this.#backup(data)
    for (const [name, text] of [
      ['backup_label', label],
      ['standby.signal', ''],
    ] as const) {
      await writeFile(join(data, name), text)
      if (user) await chown(join(data, name), user.uid, user.gid)
    }
    const from = `primary_conninfo=host=${this.#sockets} user=everruns application_name=standby`
    const settings = [...this.#settings.filter((setting) => !setting.startsWith('primary_conninfo=')), from]
    const standby = new Postgres({ dir, user, binaries, fsync }, await socketFolder(user), settings)
    await standby.start()
    await this.#waitFor(standby)
    return standby
  }

  /** From a standby to a server of its own; resolves when it takes writes. */
  async promote(): Promise<void> {
    await this.#query('postgres', 'select pg_promote(true, 30)')
  }

  /** Copies the files and answers what a server that starts from them must know. */
  async #backup(to: string): Promise<string> {
    const client = new pg.Client({ connectionString: socketUrl(this.#sockets, 'postgres') })
    await client.connect()
    try {
      await client.query(`select pg_backup_start('standby', true)`)
      const copy =
        'tar -C "$1" --warning=no-file-changed --exclude=./postmaster.* --exclude="./pg_wal/*" -cf - . | tar -C "$2" -xpf -'
      await run('/bin/sh', ['-c', copy, 'sh', join(this.#cluster.dir, 'data'), to])
      return (await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop()')).rows[0]?.labelfile ?? ''
    } finally {
      await client.end()
    }
  }

  /** Commits wait for the standby once it is said to be in step. */
  async #waitFor(standby: Postgres): Promise<void> {
    await this.#query('postgres', `alter system set synchronous_standby_names = 'standby'`)
    await this.#query('postgres', 'select pg_reload_conf()')
    const inStep = `select 1 / count(*) from pg_stat_replication where sync_state = 'sync' and state = 'streaming'`
    for (const until = Date.now() + startMs; ; await wait(retryMs)) {
      try {
        return await this.#query('postgres', inStep)
      } catch (error) {
        if (Date.now() > until)
          throw new Error(`the standby does not follow: ${await logTail(standby.#cluster)}`, { cause: error })
      }
    }
  }

  /** As if the power failed: no checkpoint, every connection breaks. */
  async stopImmediately(): Promise<void> {
    const { binaries, dir, user } = this.#cluster
    await run(binaries.pgCtl, ['stop', '-D', join(dir, 'data'), '-m', 'immediate', '-w'], { ...user, cwd: '/' })
  }

  /** The server and all its processes at once, without a word to anybody. */
  async kill(): Promise<void> {
    const { pid } = this.#process ?? {}
    // It leads a process group of its own.
    if (pid !== undefined && !this.hasEnded) process.kill(-pid, 'SIGKILL')
    while (!this.hasEnded) await wait(retryMs)
  }

  async close(): Promise<void> {
    await stopServer(this.#cluster)
    for (const folder of [this.#cluster.dir, this.#sockets]) await rm(folder, { recursive: true, force: true })
  }

  async #query(name: string, text: string): Promise<void> {
    const client = new pg.Client({ connectionString: socketUrl(this.#sockets, name) })
    client.on('error', () => {})
    await client.connect()
    await client.query(text)
    await client.end()
  }
}

const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'everruns-faults-postgres-'))
  await chmod(folder, 0o711)
  return folder
}
