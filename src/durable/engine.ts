// The engine: batcher, dispatcher, streams and duties put together. start/ makes one per control plane.
import { Kysely, PostgresDialect } from 'kysely'
import type pg from 'pg'
import type { Logger } from 'pino'
import type { ControlPlane } from '../contract/control-plane.ts'
import type { Uuid } from '../contract/ids.ts'
import type { Json } from '../contract/json.ts'
import { Problem } from '../contract/problem.ts'
import type { StepClass, TaskRef } from '../contract/workflow.ts'
import { asAnswer } from '../db/outage.ts'
import type { Database } from '../db/schema.ts'
import { Batcher } from './batch.ts'
import { Breakers } from './breakers/breakers.ts'
import { Dispatcher } from './dispatch.ts'
import { obeyDrains } from './drain.ts'
import { Fairness } from './fairness.ts'
import { gathered } from './gathered.ts'
import type { Item } from './item.ts'
import { register, retire, retireInProcess, shorten } from './leases.ts'
import { openLink } from './link.ts'
import type { TaskPlace } from './link-options.ts'
import type { EffectPort, Ports, WorkflowRegistration } from './ports.ts'
import { sayDead } from './say-dead.ts'
import { Schedules } from './schedules/schedules.ts'
import { standaloneRegistration } from './standalone.ts'
import { placesOf } from './statements.ts'
import { failUnsent } from './steps/fail.ts'
import { Streams } from './streams.ts'
import { Transactor } from './transactor.ts'
import type { Duty } from './upkeep/duty.ts'
import { expireWaits } from './upkeep/expire-waits.ts'
import { type Found, findZombiesDuty } from './upkeep/find-zombies.ts'
import { fireSchedules } from './upkeep/fire-schedules.ts'
import { Renewals } from './upkeep/renew-leases.ts'
import { retireSilentWorkers } from './upkeep/retire-silent.ts'
import { sweepLeases, sweepNow } from './upkeep/sweep-leases.ts'
import type { HeadView } from './view.ts'
import { WorkerTally } from './worker-tally.ts'

/** Milliseconds. */
export interface EngineTimes {
  lease: number
  beat: number
  sweep: number
  grace: number
  poll: number
}

/** The lease a Call is made under. */
export interface Lease extends TaskPlace {
  taskId: Uuid
  step: string
  class: StepClass
}

export interface EngineOptions {
  pool: pg.Pool
  times: EngineTimes
  batchMax: number
  workflows: readonly WorkflowRegistration<unknown>[]
  effects: readonly EffectPort[]
  appendEvents: Ports['appendEvents']
  published: Ports['published']
  configRevisions?: Ports['configRevisions']
  /** Runs a worker's Call in the name of the lease. */
  call(lease: Lease, operation: string, input: Json, signal: AbortSignal): Promise<Json>
  /** Other replicas should look for ready tasks; a hint only. */
  hintReady(): void
  /** After every transaction: how many items it had and how long it took. */
  batchRan?(items: number, ms: number): void
  log: Logger
  random(): number
}

/** What this process knows about its own part of the work. */
export interface EngineVitals extends Found {
  /** Items that wait for the next transaction. */
  queued: number
  streams: number
  freeSlots: number
}

export interface Engine {
  submit<R>(item: Item<R>): Promise<R>
  controlPlane: ControlPlane
  duties: Duty[]
  /** Somebody hints that there are ready tasks. */
  wake(): void
  /** Only where no other process can use the database. */
  retireInProcess(): Promise<number>
  /** Streams open now, for health and the drain routes. */
  streams: Streams
  /** Which services outside are not to be called now. */
  breakers: Breakers
  schedules: Schedules
  /** Somebody hints that workers were drained or resumed. */
  lookAtWorkers(): Promise<void>
  vitals(): EngineVitals
  /** From here on it is we who end the streams: their workers are not taken for gone, and keep what they hold for their lease. */
  leave(): void
  close(): Promise<void>
}

const zombieLookMs = 10_000

export function createEngine(options: EngineOptions): Engine {
  const { pool, times, log } = options
  const clock = () => performance.now()
  const streams = new Streams({ silentMs: times.lease - times.beat, clock })
  const registrations = new Map(
    [standaloneRegistration, ...options.workflows].map((registration) => [registration.type.type, registration]),
  )
  const ports: Ports = {
    appendEvents: options.appendEvents,
    effects: new Map(options.effects.map((effect) => [effect.store, effect])),
    published: options.published,
    configRevisions: options.configRevisions,
  }
  const types = new Map([...registrations].map(([name, { type }]) => [name, type]))
  const tally = new WorkerTally()
  const breakers = new Breakers({ pool, log, clock, random: options.random })
  const fairness = new Fairness()
  const dispatcher = new Dispatcher({
    pool,
    streams,
    fairness,
    registrations,
    log,
    clock,
    leftOver: options.hintReady,
    failed({ sessionId, orgId, ref, incarnation }, why) {
      const failed = { error: `its context could not be made: ${why}`, random: options.random() }
      const fold = (view: HeadView) => failUnsent(view, { ref, incarnation }, failed)
      submit({ name: 'fail_unsent', sessionId, orgId, taskIds: [ref.id], bytes: 512, fold }).catch((error) => {
        // Its session was deleted: that is why.
        if (error instanceof Problem && error.kind === 'not_found') return
        log.warn({ err: error, session_id: sessionId, task_id: ref.id }, 'could not fail a step')
      })
    },
  })
  const transactor = new Transactor({
    types,
    ports,
    placing: {
      place: ({ kind }) => streams.place(kind),
      mayKeep: (orgId, now) => fairness.mayKeep(orgId, now),
      knows: (holder, kind) => streams.knows(holder, kind),
    },
    unplace: (holders) => streams.unplace(holders),
    clock,
  })
  const batcher = new Batcher({
    pool,
    transactor,
    log,
    max: options.batchMax,
    ran: options.batchRan,
    committed(views) {
      ports.published(gathered(views, (view) => view.newEvents))
      for (const { head, accidents } of views)
        for (const error of accidents) log.error({ err: error, session_id: head.sessionId }, 'a plan could not be made')
      sayDead(views, log)
      dispatcher.committed(views)
      tally.add(views)
    },
  })
  const submit = <R>(item: Item<R>): Promise<R> => batcher.submit(item)
  const schedules = new Schedules({
    db: new Kysely<Database>({ dialect: new PostgresDialect({ pool }) }),
    types,
    ports,
    log,
    began() {
      dispatcher.wake()
      options.hintReady()
    },
  })
  let found: Found = { zombies: 0, overdueTasks: 0, stuckTasks: 0, unknownTasks: 0 }
  const renewals = new Renewals({ pool, streams, tally, clock, ...times, isBack: () => dispatcher.wake() })
  const sweep = { pool, sweepMs: times.sweep, leaseMs: times.lease, submit }
  const timers = new Set<NodeJS.Timeout>()
  let leaving = false
  let closed = false

  /** A hint: the sweep would find it at its next turn anyway. */
  const sweepAfterGrace = (): void => {
    if (closed) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      void sweepNow(sweep).catch((error) => log.warn({ err: error }, 'could not sweep'))
    }, times.grace + 20)
    timers.add(timer)
  }

  const controlPlane: ControlPlane = {
    open: (hello, events) =>
      openLink(hello, events, {
        streams,
        dispatcher,
        log,
        beatMs: times.beat,
        leaseMs: times.lease,
        clock,
        submit,
        async register(said) {
          const registered = await register(pool, said, times.lease)
          const { incarnation, name, group } = said
          log.info({ worker_id: incarnation, worker: name, group, epoch: registered.epoch }, 'a worker is connected')
          return registered
        },
        placeOf: (taskId) => placeOf(pool, taskId),
        lost(incarnation, epoch) {
          if (leaving) return
          log.info({ worker_id: incarnation, epoch }, 'the stream of a worker is over')
          const shortened = renewals.arrived().then(() => shorten(pool, incarnation, epoch, times.grace))
          shortened.then(sweepAfterGrace, (error) => log.warn({ err: error }, 'could not shorten a lease'))
        },
        retired: (incarnation) => retire(pool, incarnation),
        met: (orgId, reports) => breakers.heard(orgId, reports),
        random: options.random,
      }),
    async call(task, incarnation, operation, input, signal) {
      const lease = await leaseOf(pool, task, incarnation)
      return options.call(lease, operation, input, signal ?? new AbortController().signal)
    },
  }

  const duties: Duty[] = [
    sweepLeases(sweep),
    expireWaits({ pool, everyMs: times.sweep, submit }),
    fireSchedules(schedules),
    renewals.duty,
    {
      name: 'dispatch_ready',
      everyMs: times.poll,
      async run() {
        // Also those that seem to have nothing: a lease whose commit or context was lost in an outage is only in the database.
        await Promise.all([dispatcher.reconcile(streams.all()), obeyDrains(pool, streams), dispatcher.lookWhoWaits()])
        dispatcher.lookForSuspects()
        return {}
      },
    },
    retireSilentWorkers({ pool, sweepMs: times.sweep }),
    findZombiesDuty({
      ...sweep,
      everyMs: zombieLookMs,
      log,
      found(figures) {
        found = figures
      },
    }),
  ]

  return {
    submit,
    controlPlane,
    duties,
    wake: () => dispatcher.wake(),
    retireInProcess: () => retireInProcess(pool),
    streams,
    breakers,
    schedules,
    lookAtWorkers: () => obeyDrains(pool, streams),
    vitals: () => ({ ...found, queued: batcher.depth, ...streams.load() }),
    leave() {
      leaving = true
    },
    async close() {
      closed = true
      for (const timer of timers) clearTimeout(timer)
      await batcher.close()
    },
  }
}

async function placeOf(pool: pg.Pool, taskId: Uuid): Promise<TaskPlace | null> {
  const { rows } = await pool.query<TaskPlace>(placesOf([taskId])).catch((error) => {
    throw asAnswer(error)
  })
  return rows[0] ?? null
}

/** Checked in the database: any replica may be asked. */
async function leaseOf(pool: pg.Pool, task: TaskRef, incarnation: Uuid): Promise<Lease> {
  const found = await pool
    .query<Lease>({
      name: 'lease_of_call',
      text: `select id as "taskId", session_id as "sessionId", org_id as "orgId", workflow_id as "workflowId", kind as step, class
             from tasks where id = $1 and attempt = $2 and claimed_by = $3 and status = 'claimed'`,
      values: [task.id, task.attempt, incarnation],
    })
    .catch((error) => {
      throw asAnswer(error)
    })
  const lease = found.rows[0]
  if (!lease) throw new Problem('conflict', 'The task is not held by this worker any more', { code: 'task_not_owned' })
  return lease
}
