// An engine on a PostgreSQL of its own, with its duties running and workers that count: for what is about the queue, not about agents.
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import pino from 'pino'
import { newId, type Uuid } from '../../../src/contract/ids.ts'
import { connect, type Db } from '../../../src/db/connect.ts'
import { migrate } from '../../../src/db/migrate.ts'
import type { Engine } from '../../../src/durable/index.ts'
import { startJobs } from '../../../src/server/jobs.ts'
import { startCounting } from '../../support/counting.ts'
import { engineOn } from '../../support/engine.ts'
import { Postgres } from './postgres.ts'

interface EngineWorld {
  engine: Engine
  db: Db
  /** Puts so many ready tasks of one organisation into the queue, spread over so many sessions. */
  fill(orgId: Uuid, tasks: number, sessions: number): Promise<void>
  /** One workflow of one step for an organisation. */
  startOne(orgId: Uuid): Promise<Uuid>
}

export async function withEngine<T>(work: (world: EngineWorld) => Promise<T>): Promise<T> {
  const postgres = await Postgres.open()
  await migrate({ url: postgres.url })
  const db = connect({ url: postgres.url })
  const engine = engineOn(db)
  const jobs = startJobs(engine.duties, pino({ level: 'silent' }))
  try {
    return await work({
      engine,
      db,
      fill: (...given) => fill(db, ...given),
      async startOne(orgId) {
        const head = newId()
        await db.engine.insertInto('session_heads').values({ session_id: head, org_id: orgId }).execute()
        return startCounting(engine, head, 1)
      },
    })
  } finally {
    await jobs.stop()
    await engine.close()
    await db.close()
    await postgres.close()
  }
}

/** A workflow that waits for steps it was never told of: their ends change nothing, so each counts for one task only. */
async function fill({ engine }: Db, orgId: Uuid, tasks: number, sessions: number): Promise<void> {
  await engine.transaction().execute(async (tx) => {
    // The engine's statements are small, and its connections are set for those.
    await sql`set local statement_timeout = 0`.execute(tx)
    await sql`set local enable_hashjoin = on`.execute(tx)
    await sql`with made as (
       insert into session_heads (session_id, org_id) select gen_random_uuid(), ${orgId}::uuid from generate_series(1, ${sessions}::int)
       returning session_id
     ), started as (
       insert into workflows (id, org_id, session_id, type, status, version, state)
       select gen_random_uuid(), ${orgId}::uuid, session_id, 'counting', 'running', 1, '{"done":-1,"of":0,"class":"pure","outcomes":[]}' from made
       returning id, session_id, org_id
     ), numbered as (select *, row_number() over () as n from started)
     insert into tasks (id, org_id, workflow_id, session_id, key, kind, class, input, status)
     select gen_random_uuid(), org_id, id, session_id, 'load-' || task, 'count', 'pure', '{}', 'pending'
     from generate_series(1, ${tasks}::int) task join numbered on n = task % ${sessions}::int + 1`.execute(tx)
  })
}

interface LoadWorker {
  close(): void
}

/** Takes so many tasks at once and needs so long for each. */
export function startLoadWorker({ controlPlane }: Engine, slots: number, taskMs: number): LoadWorker {
  const hello = { incarnation: newId(), name: 'load', group: null, kinds: ['count'], capacity: slots, inProcess: false }
  const link = controlPlane.open(
    { ...hello, stream: 1, hostname: 'test', version: '0', running: [] },
    {
      closed: () => {},
      receive(message) {
        if (message.kind === 'task') void perform(message.assignment.task)
        if (message.kind !== 'finished') return
        for (const next of message.next) void perform(next.task)
        if (message.next.length === 0) link.send({ kind: 'credit', slots: 1 })
      },
    },
  )
  async function perform(task: { id: Uuid; attempt: number }): Promise<void> {
    await wait(taskMs)
    link.send({ kind: 'finish', task, value: null, events: [], effects: [], wantsNext: true })
  }
  const beats = setInterval(() => link.send({ kind: 'beat', running: [], accepting: true }), 500)
  link.send({ kind: 'credit', slots })
  return {
    close() {
      clearInterval(beats)
      link.close()
    },
  }
}
