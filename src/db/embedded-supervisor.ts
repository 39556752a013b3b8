// Keeps one cluster running for as long as we live, and proves that nobody else does: the supervisor's lock is an advisory
// lock in the cluster itself, which the kernel gives back with the connection, however we die.
import type { ChildProcess } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import {
  type Cluster,
  initialise,
  isThis,
  lastSocketFolder,
  logTail,
  socketFolder,
  socketUrl,
  spawnServer,
  stopServer,
  tellToStop,
} from './embedded-cluster.ts'

const supervisorLock = 3_377_041_229
const startTimeoutMs = 60_000
const lockTimeoutMs = 3_000
const retryMs = 25

/** A connection to the server behind this socket, if one answers and serves this very data. */
export async function attach(cluster: Cluster, sockets: string): Promise<pg.Client | null> {
  const client = new pg.Client({ connectionString: socketUrl(sockets, 'postgres'), connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    if (await isThis(cluster, client)) return client
  } catch {
    // Nobody there, or still starting: the same to us.
  }
  await client.end().catch(() => {})
  return null
}

/** Takes the supervisor's lock on this connection; false when another process holds it. */
export async function takeLock(client: pg.Client, waitMs: number): Promise<boolean> {
  for (const until = Date.now() + waitMs; ; await wait(retryMs)) {
    const { rows } = await client.query('select pg_try_advisory_lock($1) as taken', [supervisorLock])
    if (rows[0].taken) return true
    if (Date.now() >= until) return false
  }
}

// What a server says that starts too early after another was killed, or beside one that does not answer yet.
const passing = /pre-existing shared memory block|lock file "postmaster\.pid" already exists/

const hasEnded = (child: ChildProcess): boolean => child.pid === undefined || child.exitCode !== null || child.signalCode !== null

interface Attached {
  client: pg.Client
  sockets: string
}

export class Supervisor {
  readonly #cluster: Cluster
  readonly #warn: (sentence: string) => void
  /** Ours once we have started a server or adopted one; kept over restarts so that the URL stays true. */
  #sockets: string | null = null
  #stopping = false
  #holdsLock = false
  #reaching: Promise<Attached>

  constructor(cluster: Cluster, warn: (sentence: string) => void) {
    this.#cluster = cluster
    this.#warn = warn
    this.#reaching = this.#reach()
  }

  /** The socket's folder, once the server answers and is ours. */
  async running(): Promise<Attached> {
    return this.#reaching
  }

  /** The process ends without having stopped: an impatient Ctrl-C, or an accident. */
  abandon(): void {
    if (this.#holdsLock) tellToStop(this.#cluster)
  }

  /** Stops the server and ends the supervision. */
  async stop(): Promise<void> {
    this.#stopping = true
    const attached = await this.#reaching.catch(() => null)
    if (!attached) return
    await stopServer(this.#cluster)
    await attached.client.end().catch(() => {})
  }

  async #reach(): Promise<Attached> {
    await initialise(this.#cluster)
    const attached = await this.#attachOrStart()
    if (!(await takeLock(attached.client, lockTimeoutMs))) {
      await attached.client.end()
      throw new Error(
        `The database in ${this.#cluster.dir} is in use by another running Everruns. Stop that one, or set EVERRUNS_HOME.`,
      )
    }
    this.#sockets = attached.sockets
    this.#holdsLock = true
    attached.client.once('end', () => this.#lost())
    return attached
  }

  #lost(): void {
    this.#holdsLock = false
    if (this.#stopping) return
    this.#warn('The embedded PostgreSQL stopped by itself and is started again.')
    this.#reaching = this.#reachAgain()
    this.#reaching.catch(() => {})
  }

  async #reachAgain(): Promise<Attached> {
    for (;;) {
      try {
        return await this.#reach()
      } catch (error) {
        this.#warn(`The embedded PostgreSQL did not come back: ${error instanceof Error ? error.message : error}`)
        if (this.#stopping) throw error
        await wait(1_000)
      }
    }
  }

  async #attachOrStart(): Promise<Attached> {
    let child: ChildProcess | null = null
    for (const until = Date.now() + startTimeoutMs; Date.now() < until; await wait(retryMs)) {
      const attached = await this.#attachAnywhere()
      if (attached) return attached
      if (child && !hasEnded(child)) continue
      if (child) await this.#mayTryAgain()
      this.#sockets ??= await socketFolder(this.#cluster.user)
      child = await spawnServer(this.#cluster, this.#sockets)
    }
    throw new Error(`PostgreSQL did not start: ${await logTail(this.#cluster)}`)
  }

  async #attachAnywhere(): Promise<Attached | null> {
    const hint = await lastSocketFolder(this.#cluster)
    for (const sockets of new Set([this.#sockets, hint])) {
      const client = sockets ? await attach(this.#cluster, sockets) : null
      if (client && sockets) return { client, sockets }
    }
    return null
  }

  async #mayTryAgain(): Promise<void> {
    const said = await logTail(this.#cluster)
    if (!passing.test(said)) throw new Error(`PostgreSQL did not start: ${said}`)
    await wait(retryMs * 8)
  }
}
