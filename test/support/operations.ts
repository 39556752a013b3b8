// Operations run as a request would run them, on a database and an engine of their own. No worker: turns stay where they begin.
import pino from 'pino'
import type { z } from 'zod'
import { builtInCapabilities, capabilityRegistry } from '../../src/capabilities/index.ts'
import { anonymousUserId, defaultOrgId, newId, type Uuid } from '../../src/contract/ids.ts'
import type { Operation } from '../../src/contract/operation.ts'
import { connect, type Db } from '../../src/db/connect.ts'
import { makeSealer, newSealingKey, type Sealer } from '../../src/db/seal.ts'
import { createEngine, type Engine } from '../../src/durable/index.ts'
import type { Ctx, TaskLease } from '../../src/resources/context.ts'
import { createDurable } from '../../src/resources/durable/durable.ts'
import type { EffectStore, Statement } from '../../src/resources/effect-store.ts'
import { insertEvents } from '../../src/resources/events/log.ts'
import { fileEffects } from '../../src/resources/files/effects.ts'
import { reconcileBuiltInHarnesses } from '../../src/resources/harnesses/built-in.ts'
import { insertOrganizationIfMissing } from '../../src/resources/organizations/store.ts'
import { sessionEffects, totalsEffects } from '../../src/resources/sessions/effects.ts'
import { secretEffects, valueEffects } from '../../src/resources/storage/effects.ts'
import { createTurns, type Turns } from '../../src/resources/turns/index.ts'
import { type CtxParts, run } from '../../src/server/run.ts'
import { freshDatabase } from './cluster.ts'
import { countingRegistration } from './counting.ts'
import { times } from './engine.ts'

interface Caller {
  orgId?: Uuid
  userId?: Uuid
  lease?: Partial<TaskLease>
  idempotencyKey?: string
}

export interface OperationHouse {
  db: Db
  engine: Engine
  turns: Turns
  sealer: Sealer
  /** The value of the answer; the answer is held against the operation's schema. */
  ask<I extends z.ZodType, O extends z.ZodType>(
    operation: Operation<Ctx, I, O>,
    input?: z.input<I>,
    caller?: Caller,
  ): Promise<z.output<O>>
  /** The same with status, media type and headers. */
  answer<I extends z.ZodType, O extends z.ZodType>(
    operation: Operation<Ctx, I, O>,
    input?: z.input<I>,
    caller?: Caller,
  ): Promise<{ value: unknown; options: { status?: number; type?: string; headers?: Record<string, string> } }>
  /** Runs statements in one transaction as the engine does; the rows of the last one. */
  commit(statements: Statement[]): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

const silent = pino({ level: 'silent' })

export async function operationHouse(): Promise<OperationHouse> {
  const database = await freshDatabase()
  const db = connect({ url: database.url })
  await insertOrganizationIfMissing(db.engine, defaultOrgId, 'Default')
  await reconcileBuiltInHarnesses(db, defaultOrgId)
  const sealer = makeSealer({ current: newSealingKey() })
  const { engine, turns } = engineAndTurns(db, sealer)
  const parts = partsOf(db, engine, turns, sealer)

  const answer: OperationHouse['answer'] = (operation, input, caller = {}) =>
    run(
      parts,
      operation,
      { ...callOf(caller), input: structuredClone(input ?? {}) as Record<string, unknown> },
      { checkOutput: true },
    )
  return {
    db,
    engine,
    turns,
    sealer,
    answer,
    // `run` held the value against this schema.
    ask: async (operation, input, caller) => (await answer(operation, input, caller)).value as never,
    commit: (statements) => commit(db, statements),
    async close() {
      await engine.close()
      await db.close()
      await database.drop()
    },
  }
}

function engineAndTurns(db: Db, sealer: Sealer): { engine: Engine; turns: Turns } {
  const effects: EffectStore[] = [fileEffects, valueEffects, secretEffects(sealer), sessionEffects, totalsEffects]
  const made = createTurns({ db: db.reads, drivers: [], toolResultTimeoutMs: 60_000, engine: () => engine })
  const engine = createEngine({
    pool: db.enginePool,
    times,
    batchMax: 16,
    workflows: [made.registration as never, countingRegistration],
    effects,
    appendEvents: insertEvents,
    published: made.published,
    call: async () => null,
    hintReady: () => {},
    log: silent,
    random: Math.random,
  })
  return { engine, turns: made.turns }
}

const partsOf = (db: Db, engine: Engine, turns: Turns, sealer: Sealer): CtxParts => ({
  db,
  turns,
  durable: createDurable({ db: db.engine, engine: () => engine, hintReady() {}, hintWorkers() {}, log: silent }).durable,
  sealer,
  // Nobody streams here.
  feed: undefined as never,
  capabilities: capabilityRegistry([...builtInCapabilities]),
  drivers: [{ id: 'llmsim', label: 'Simulator', needsKey: false, credentialFields: [] }],
  urls: { api: 'http://api.test', ui: 'http://ui.test' },
  log: silent,
  now: () => new Date(),
})

function callOf({ orgId = defaultOrgId, userId = anonymousUserId, lease, idempotencyKey }: Caller) {
  return {
    caller: { userId, orgId, may: () => true },
    orgId,
    requestId: 'test',
    signal: new AbortController().signal,
    ...(idempotencyKey ? { idempotencyKey } : {}),
    ...(lease
      ? { lease: { taskId: newId(), sessionId: newId(), workflowId: newId(), step: 'act', class: 'transactional', ...lease } }
      : {}),
  }
}

async function commit(db: Db, statements: Statement[]): Promise<Record<string, unknown>[]> {
  const client = await db.enginePool.connect()
  try {
    await client.query('begin')
    let rows: Record<string, unknown>[] = []
    for (const statement of statements) rows = (await client.query(statement)).rows
    await client.query('commit')
    return rows
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}
