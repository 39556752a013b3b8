// A PostgreSQL of our own with fsync on, which a test may take away and bring back.
import { type ChildProcess, execFile } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
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
import { placeFor } from '../../../src/db/embedded-user.ts'

const run = promisify(execFile)
const database = 'faults'
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
    const folder = wished ?? (await mkdtemp(join(tmpdir(), 'everruns-faults-postgres-')))
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

  /** As if the power failed: no checkpoint, every connection breaks. */
  async stopImmediately(): Promise<void> {
    const { binaries, dir, user } = this.#cluster
    await run(binaries.pgCtl, ['stop', '-D', join(dir, 'data'), '-m', 'immediate', '-w'], { ...user, cwd: '/' })
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
