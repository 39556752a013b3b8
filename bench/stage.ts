// What one workload is measured on: a fresh database, a control plane and a worker, each a process of its own.
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { defaultOrgId, newId, type Uuid } from '../src/contract/ids.ts'
import { type ServerChild, type Settings, startServerChild, startWorkerChild, type WorkerChild } from './children.ts'
import type { Postgres } from './postgres.ts'

export interface Stage {
  postgres: Postgres
  server: ServerChild
  /** For questions no operation answers. */
  database: pg.Client
  databaseUrl: string
  /** Processes of workers that are alive; CPU time is counted for all of them. */
  workers: WorkerChild[]
  /** Further processes that count as the client, by pid. */
  clients: number[]
  /** One more process of workers (one unless said), connected; each with as many slots as the stage's first unless said. */
  addWorker(slots?: number, workers?: number): Promise<WorkerChild>
  /** New heads without a workflow, as creating sessions leaves them. */
  heads(count: number): Promise<Uuid[]>
  /** Begins CPU profiles of all processes, where they were asked for; answers how to end and save them. */
  profile(): () => void
  /** Workflows that are not completed. */
  unfinished(): Promise<number>
  close(): Promise<void>
}

export interface StageOptions {
  postgres: Postgres
  name: string
  profile?: string
  /** Steps a worker runs at once; left out: the product's default. */
  capacity?: number
  effectsUrl?: string
  /** True: it begins without a worker. */
  noWorker?: boolean
  /** For the control plane. */
  settings?: Settings
}

export async function openStage(options: StageOptions): Promise<Stage> {
  const { postgres, name, profile, capacity, effectsUrl, noWorker, settings } = options
  const databaseUrl = await postgres.fresh(`bench_${name}`)
  const server = await startServerChild(databaseUrl, settings)
  const client = new pg.Client({ connectionString: databaseUrl })
  client.on('error', () => {})
  await client.connect()
  const workers: WorkerChild[] = []
  let started = 0
  let profiles = 0
  const stage: Stage = {
    postgres,
    server,
    database: client,
    databaseUrl,
    workers,
    clients: [],
    async addWorker(slots = capacity, count = 1) {
      const worker = await startWorkerChild({ grpcPort: server.grpcPort, capacity: slots, effectsUrl, workers: count })
      workers.push(worker)
      started += count
      await greeted(client, started)
      return worker
    },
    async heads(count) {
      const ids = Array.from({ length: count }, () => newId())
      await client.query('insert into session_heads (session_id, org_id) select unnest($1::uuid[]), $2', [ids, defaultOrgId])
      return ids
    },
    profile() {
      profiles += 1
      return profile ? profiled(server, workers, join(resolve(profile), `${name}-${profiles}`)) : () => {}
    },
    unfinished: () => countOf(client, `select count(*)::int as n from workflows where status <> 'completed'`),
    async close() {
      await client.end()
      await Promise.all(workers.map((worker) => worker.stop()))
      await server.stop()
    },
  }
  if (!noWorker) await stage.addWorker()
  return stage
}

/** Profiles as `<path>-server.cpuprofile`, `<path>-worker-1.cpuprofile` …; answers how to end them. */
function profiled(server: ServerChild, workers: readonly WorkerChild[], path: string): () => void {
  const roles = new Map<string, Pick<ServerChild | WorkerChild, 'send'>>([['server', server]])
  for (const [n, worker] of workers.entries()) roles.set(`worker-${n + 1}`, worker)
  for (const child of roles.values()) child.send({ do: 'profile' })
  return () => {
    for (const [role, child] of roles) child.send({ do: 'save profile', file: `${path}-${role}.cpuprofile` })
  }
}

const countOf = async (client: pg.Client, text: string): Promise<number> =>
  (await client.query<{ n: number }>(text)).rows[0]?.n ?? 0

/** Waits until so many workers have said hello, those that are gone included. */
async function greeted(client: pg.Client, count: number): Promise<void> {
  while ((await countOf(client, 'select count(*)::int as n from workers')) < count) await pause(10)
}
