// A control plane of a run: the engine itself, with the turn, on the database in memory. It dies, is stopped for a while, and another
// one starts in its place.
import { Kysely, PostgresDialect } from 'kysely'
import { pino } from 'pino'
import type { Json } from '../../../src/contract/json.ts'
import { Problem } from '../../../src/contract/problem.ts'
import type { Database as Schema } from '../../../src/db/schema.ts'
import { createEngine, type Engine, type Lease, type WorkflowRegistration } from '../../../src/durable/index.ts'
import { insertEvents } from '../../../src/resources/events/log.ts'
import { totalsEffects } from '../../../src/resources/sessions/effects.ts'
import type { SessionConfigs } from '../../../src/resources/turns/config.ts'
import { contextsOf, readTranscript, stepContext, transcriptOf } from '../../../src/resources/turns/context.ts'
import { RecentEvents } from '../../../src/resources/turns/recent.ts'
import { turnWorkflow } from '../../../src/resources/turns/workflow.ts'
import { startJobs } from '../../../src/server/jobs.ts'
import type { SessionConfig } from '../../../src/turn/session-config.ts'
import type { TurnState } from '../../../src/turn/state.ts'
import { type Actor, actor } from './clock.ts'
import { poolOf } from './database/pool.ts'
import { valuePort } from './database/value-statements.ts'
import type { World } from './world.ts'

/** Short, as in tests of the engine; milliseconds. */
export const times = { lease: 2_000, beat: 500, sweep: 400, grace: 100, poll: 400 }

/**
 * The duties that decide about turns. The one that ends turns which nothing would move is left out: here they must not come to be, and
 * it would hide them.
 */
const duties = new Set(['sweep_leases', 'expire_waits', 'renew_leases', 'dispatch_ready', 'retire_silent_workers'])

const silent = pino({ level: 'silent' })

/** What a session is configured to do is of no interest here: the model and the tools are the run's. */
const config: SessionConfig = {
  hash: 'the only one',
  sessionId: '',
  workspaceId: '',
  title: null,
  locale: null,
  hints: {},
  harnessId: '',
  agentId: null,
  agentName: null,
  metadata: {},
  layers: [],
  model: { unavailable: 'model_not_configured' },
}
// The class reads configurations from tables that a run does not have; of it only this method is asked.
const configs = { of: (requests: readonly unknown[]) => requests.map(async () => config) } as unknown as SessionConfigs
/** No model is called here, so there is nothing to count. */
const closedCircuits = { refresh: async () => {}, waitMs: () => null }

export class Plane {
  readonly actor: Actor
  readonly engine: Engine
  readonly #world: World
  readonly #db: Kysely<Schema>
  readonly #recent = new RecentEvents()

  constructor(world: World, name: string) {
    this.#world = world
    this.actor = actor(name)
    const pool = poolOf(world.database, this.actor)
    this.#db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
    const registration: WorkflowRegistration<TurnState> = {
      type: turnWorkflow,
      contexts: (requests) =>
        contextsOf({ db: this.#db, configs, recent: this.#recent, breakers: () => closedCircuits }, requests),
    }
    this.engine = createEngine({
      pool,
      times,
      batchMax: 256,
      workflows: [registration],
      effects: [valuePort, totalsEffects],
      appendEvents: insertEvents,
      published: (events) => this.#recent.add(events),
      call: (lease, operation, input) => this.#answer(lease, operation, input),
      hintReady: () => world.hintReady(this),
      log: silent,
      random: () => world.random.next(),
    })
    world.clock.as(this.actor, () =>
      startJobs(
        this.engine.duties.filter(({ name: duty }) => duties.has(duty)),
        silent,
      ),
    )
  }

  async #answer(lease: Lease, operation: string, input: Json): Promise<Json> {
    if (operation === 'read_value') return this.#readValue(lease, input)
    if (operation === 'turn_context') return this.#readContext(lease)
    throw new Problem('not_found', operation)
  }

  async #readValue({ sessionId }: Lease, key: Json): Promise<Json> {
    const { rows } = await poolOf(this.#world.database, this.actor).query({
      name: 'read_value',
      text: '',
      values: [sessionId, key],
    })
    return rows[0] ?? null
  }

  /** As the worker's operation of this name: everything, from the beginning. */
  async #readContext({ sessionId, workflowId }: Lease): Promise<Json> {
    const pool = poolOf(this.#world.database, this.actor)
    const { rows } = await pool.query({ name: 'workflows_by_id', text: '', values: [[workflowId]] })
    const state: TurnState | undefined = rows[0]?.state
    if (!state) throw new Problem('not_found', 'the turn is gone')
    const events = await readTranscript(this.#db, sessionId, 0, state.through)
    return JSON.parse(JSON.stringify(stepContext(state, config, true, transcriptOf(0, state.through, events))))
  }
}
