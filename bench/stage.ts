// What one workload is measured on: a fresh database, a control plane and a worker, each a process of its own.
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { defaultOrgId, newId, type Uuid } from '../src/contract/ids.ts'
import { type ServerChild, startServerChild, startWorkerChild, type WorkerChild } from './children.ts'
import type { Postgres } from './postgres.ts'

export interface Stage {
  postgres: Postgres
  server: ServerChild
  /** Those alive; CPU time is counted for all of them. */
  workers: WorkerChild[]
  /** One more worker, connected. */
  addWorker(): Promise<WorkerChild>
  /** New heads without a workflow, as creating sessions leaves them. */
  heads(count: number): Promise<Uuid[]>
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
}

export async function openStage({ postgres, name, profile, capacity, effectsUrl }: StageOptions): Promise<Stage> {
  const databaseUrl = await postgres.fresh(`bench_${name.replace('-', '_')}`)
  const server = await startServerChild({ databaseUrl, profile })
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const workers: WorkerChild[] = []
  let started = 0
  const stage: Stage = {
    postgres,
    server,
    workers,
    async addWorker() {
      const worker = await startWorkerChild({ grpcPort: server.grpcPort, capacity, effectsUrl, profile })
      workers.push(worker)
      started += 1
      await greeted(client, started)
      return worker
    },
    async heads(count) {
      const ids = Array.from({ length: count }, () => newId())
      await client.query('insert into session_heads (session_id, org_id) select unnest($1::uuid[]), $2', [ids, defaultOrgId])
      return ids
    },
    unfinished: () => countOf(client, `select count(*)::int as n from workflows where status <> 'completed'`),
    async close() {
      await client.end()
      await Promise.all(workers.map((worker) => worker.stop()))
      await server.stop()
    },
  }
  await stage.addWorker()
  return stage
}

const countOf = async (client: pg.Client, text: string): Promise<number> =>
  (await client.query<{ n: number }>(text)).rows[0]?.n ?? 0

/** Waits until so many workers have said hello, those that are gone included. */
async function greeted(client: pg.Client, count: number): Promise<void> {
  while ((await countOf(client, 'select count(*)::int as n from workers')) < count) await pause(10)
}
