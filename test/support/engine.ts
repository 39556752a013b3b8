// An engine on a database of its own, with short times; duties run when the test says so.
import pino, { type Logger } from 'pino'
import { newId, type Uuid } from '../../src/contract/ids.ts'
import { connect, type Db } from '../../src/db/connect.ts'
import { createEngine, type Engine, type WorkflowRegistration } from '../../src/durable/index.ts'
import { insertEvents } from '../../src/resources/events/log.ts'
import { freshDatabase } from './cluster.ts'
import { countingRegistration } from './counting.ts'

export interface TestEngine {
  engine: Engine
  db: Db
  /** A head without a workflow. */
  head(orgId?: Uuid): Promise<Uuid>
  /** Statements the engine's own role may not say. */
  asOwner(statements: string): Promise<unknown>
  /** Runs one duty now. */
  duty(name: string): Promise<Record<string, number>>
  workflow(id: Uuid): Promise<{ status: string; state: { done: number; outcomes: string[] } }>
  close(): Promise<void>
}

/** The lease is for machines that are busy: workers driven by hand do not beat. */
export const times = { lease: 10_000, beat: 500, sweep: 200, grace: 100, poll: 200 }

/** `workflows`: what this release of a control plane knows. */
export function engineOn(
  db: Db,
  workflows: readonly WorkflowRegistration<unknown>[] = [countingRegistration],
  log: Logger = pino({ level: 'silent' }),
): Engine {
  return createEngine({
    pool: db.enginePool,
    times,
    batchMax: 256,
    workflows,
    effects: [],
    appendEvents: insertEvents,
    published: () => {},
    call: async () => null,
    hintReady: () => {},
    log,
    random: Math.random,
  })
}

export async function testEngine(): Promise<TestEngine> {
  const database = await freshDatabase()
  const db = connect({ url: database.url })
  const engine = engineOn(db)
  return {
    engine,
    db,
    async head(orgId = newId()) {
      const id = newId()
      await db.engine.insertInto('session_heads').values({ session_id: id, org_id: orgId }).execute()
      return id
    },
    asOwner: (statements) => db.enginePool.query(`reset role; ${statements}; set role everruns_engine`),
    async duty(name) {
      const duty = engine.duties.find((one) => one.name === name)
      if (!duty) throw new Error(`no duty ${name}`)
      return duty.run()
    },
    async workflow(id) {
      const row = await db.engine
        .selectFrom('workflows')
        .select(['status', 'state'])
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      return { status: row.status, state: row.state as unknown as { done: number; outcomes: string[] } }
    },
    async close() {
      await engine.close()
      await db.close()
      await database.drop()
    },
  }
}
