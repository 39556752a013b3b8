// The engine: batcher, dispatcher, streams and duties put together. start/ makes one per control plane.
import type pg from 'pg'
import type { Logger } from 'pino'
import type { ControlPlane } from '../contract/control-plane.ts'
import type { Uuid } from '../contract/ids.ts'
import type { Json } from '../contract/json.ts'
import { Problem } from '../contract/problem.ts'
import type { StepClass, TaskRef } from '../contract/workflow.ts'
import { Batcher, isOutage } from './batch.ts'
import { Dispatcher } from './dispatch.ts'
import type { Item } from './item.ts'
import { type Heartbeat, register, renew, retire, retireInProcess, shorten } from './leases.ts'
import { openLink, type TaskPlace } from './link.ts'
import type { EffectPort, Ports, WorkflowRegistration } from './ports.ts'
import { placesOf } from './statements.ts'
import { Streams } from './streams.ts'
import type { Duty } from './upkeep/duty.ts'
import { expireWaits } from './upkeep/expire-waits.ts'
import { sweepLeases, sweepNow } from './upkeep/sweep-leases.ts'

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
  /** Runs a worker's Call in the name of the lease. */
  call(lease: Lease, operation: string, input: Json, signal: AbortSignal): Promise<Json>
  /** Other replicas should look for ready tasks; a hint only. */
  hintReady(): void
  log: Logger
  random(): number
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
  close(): Promise<void>
}

/** Beats are gathered for this share of a beat before they are written. */
const beatShare = 0.4

export function createEngine(options: EngineOptions): Engine {
  const { pool, times, log } = options
  const streams = new Streams()
  const registrations = new Map(options.workflows.map((registration) => [registration.type.type, registration]))
  const ports: Ports = {
    appendEvents: options.appendEvents,
    effects: new Map(options.effects.map((effect) => [effect.store, effect])),
    published: options.published,
  }
  const dispatcher = new Dispatcher({
    pool,
    streams,
    registrations,
    log,
    clock: () => performance.now(),
    leftOver: options.hintReady,
  })
  const batcher = new Batcher({
    pool,
    types: new Map([...registrations].map(([name, { type }]) => [name, type])),
    ports,
    log,
    max: options.batchMax,
    place: ({ kind }) => streams.place(kind),
    unplace: (holders) => streams.unplace(holders),
    committed(views) {
      dispatcher.committed(views)
      ports.published(views.flatMap((view) => view.newEvents))
    },
  })
  const submit = <R>(item: Item<R>): Promise<R> => batcher.submit(item)
  const beats = new Map<Uuid, Heartbeat>()
  const sweep = { pool, sweepMs: times.sweep, leaseMs: times.lease, submit }
  const timers = new Set<NodeJS.Timeout>()

  /** A hint: the sweep would find it at its next turn anyway. */
  const sweepAfterGrace = (): void => {
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
        submit,
        register: (said) => register(pool, said, times.lease),
        placeOf: (taskId) => placeOf(pool, taskId),
        heard: (beat) => void beats.set(beat.incarnation, beat),
        lost(incarnation, epoch) {
          beats.delete(incarnation)
          shorten(pool, incarnation, epoch, times.grace).then(sweepAfterGrace, (error) =>
            log.warn({ err: error }, 'could not shorten a lease'),
          )
        },
        retired: (incarnation) => retire(pool, incarnation),
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
    {
      name: 'renew_leases',
      everyMs: times.beat * beatShare,
      async run() {
        if (beats.size === 0) return {}
        const renewed = [...beats.values()]
        beats.clear()
        await renew(pool, renewed, times.lease)
        return { renewed: renewed.length }
      },
    },
    {
      name: 'dispatch_ready',
      everyMs: times.poll,
      async run() {
        const busy = streams.all().filter((stream) => stream.assigned.size > 0)
        await dispatcher.reconcile(busy)
        dispatcher.wake()
        return {}
      },
    },
  ]

  return {
    submit,
    controlPlane,
    duties,
    wake: () => dispatcher.wake(),
    retireInProcess: () => retireInProcess(pool),
    streams,
    async close() {
      for (const timer of timers) clearTimeout(timer)
      await batcher.close()
    },
  }
}

async function placeOf(pool: pg.Pool, taskId: Uuid): Promise<TaskPlace | null> {
  const { rows } = await pool.query<TaskPlace>(placesOf([taskId]))
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
      throw isOutage(error) ? new Problem('unavailable', 'The database is not reachable right now', { cause: error }) : error
    })
  const lease = found.rows[0]
  if (!lease) throw new Problem('conflict', 'The task is not held by this worker any more', { code: 'task_not_owned' })
  return lease
}
