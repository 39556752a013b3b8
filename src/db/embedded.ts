// The PostgreSQL that comes with Everruns: started (or adopted, when a killed process left it running), started again when it
// dies, stopped last. The same server as in production, only smaller.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { binariesFor } from './embedded-binaries.ts'
import { type Cluster, clearHalfMade, socketUrl } from './embedded-cluster.ts'
import { removeLeftovers, temporaryPrefix } from './embedded-leftovers.ts'
import { Supervisor } from './embedded-supervisor.ts'
import { placeFor } from './embedded-user.ts'

export interface EmbeddedOptions {
  /** Holds the cluster from start to start. Left out: a temporary one, removed when stopped. */
  dir?: string
  /** False only where losing everything at a power cut does not matter. */
  fsync: boolean
  warn?(sentence: string): void
}

export interface Embedded {
  /** For `connect`; stays the same when the server is started again. */
  url: string
  /** Breaks every connection, keeps everything committed. */
  stop(): Promise<void>
}

const database = 'everruns'

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), temporaryPrefix))
  // The data in it is closed to others, but the user who runs it must get there.
  await chmod(folder, 0o711)
  return folder
}

async function createDatabase(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [database])
  if (rowCount === 0) await client.query(`create database ${database}`)
}

/** Starts or adopts the cluster. Throws one sentence when it is in use by another process or cannot run here. */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const wanted = options.dir ?? (await temporaryFolder())
  const { dir, user } = await placeFor(wanted)
  const cluster: Cluster = { dir, user, binaries: await binariesFor(user), fsync: options.fsync }
  if (!options.dir) await removeLeftovers(cluster.binaries)
  const supervisor = new Supervisor(cluster, options.warn ?? (() => {}))
  const abandon = () => supervisor.abandon()
  process.once('exit', abandon)
  const { client, sockets } = await supervisor.running()
  await clearHalfMade(cluster)
  await createDatabase(client)
  return {
    url: socketUrl(sockets, database),
    async stop() {
      await supervisor.stop()
      process.removeListener('exit', abandon)
      const gone = options.dir ? [sockets] : [sockets, wanted, dir]
      for (const folder of gone) await rm(folder, { recursive: true, force: true })
    },
  }
}
