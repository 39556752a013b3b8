// One control plane put together: engine, operations, doors' inside. Opens no port; server.ts and dev.ts do.
import type { Logger } from 'pino'
import type { CapabilityRegistry } from '../contract/capability.ts'
import type { ControlPlane } from '../contract/control-plane.ts'
import type { Json } from '../contract/json.ts'
import { Problem } from '../contract/problem.ts'
import type { Db } from '../db/connect.ts'
import type { Hint } from '../db/hint.ts'
import type { Sealer } from '../db/seal.ts'
import { createEngine, type Duty, type Engine, forgetEnded, type Lease, type WorkflowRegistration } from '../durable/index.ts'
import { drivers } from '../llm/index.ts'
import { createDurable } from '../resources/durable/durable.ts'
import { contentEffects } from '../resources/events/contents.ts'
import { type EventFeed, eventFeed } from '../resources/events/feed.ts'
import { insertEvents } from '../resources/events/log.ts'
import { compactDeltas, forgetEvents } from '../resources/events/upkeep.job.ts'
import { fileEffects } from '../resources/files/effects.ts'
import { operations } from '../resources/index.ts'
import { sessionEffects, totalsEffects } from '../resources/sessions/effects.ts'
import { secretEffects, valueEffects } from '../resources/storage/effects.ts'
import { createTurns } from '../resources/turns/index.ts'
import { workerCaller } from '../server/authenticate.ts'
import { createHttp, type Http } from '../server/http.ts'
import { type Jobs, startJobs } from '../server/jobs.ts'
import { type CtxParts, run } from '../server/run.ts'
import { type ServerMetrics, serverMetrics } from './metrics.ts'
import { connectionsMax } from './open-files.ts'
import type { Settings } from './settings.ts'

export interface ControlPlaneParts {
  settings: Settings
  version: string
  db: Db
  hint: Hint
  sealer: Sealer
  capabilities: CapabilityRegistry
  /** Further workflow types, for tests and benchmarks. */
  workflows?: readonly WorkflowRegistration<unknown>[]
  log: Logger
  /** Rejects while requests cannot be served. */
  ready(): Promise<void>
}

export interface RunningControlPlane {
  http: Http
  engine: Engine
  controlPlane: ControlPlane
  close(): Promise<void>
}

export async function createControlPlane(parts: ControlPlaneParts): Promise<RunningControlPlane> {
  const { settings, db, hint, log } = parts
  const feed = eventFeed({ db: db.reads, hints: hint, log, pollMs: settings.DURABLE_POLL_MS })
  const { engine, ctx, duties, metrics } = connectRooms(parts, feed)
  const wake = () => engine.wake()
  const lookAtWorkers = () => void engine.lookAtWorkers().catch((error) => log.warn({ err: error }, 'could not look at workers'))
  const stopHearing = [
    hint.subscribe(readyChannel, { receive: wake, missed: wake }),
    hint.subscribe(workersChannel, { receive: lookAtWorkers, missed: lookAtWorkers }),
  ]
  const jobs: Jobs = startJobs([...engine.duties, ...duties], log)
  const http = await createHttp({
    settings: httpSettings(parts),
    operations,
    parts: ctx,
    ready: parts.ready,
    counts: metrics,
    ...(settings.METRICS_ENABLED ? { metrics: () => metrics.text() } : {}),
  })
  return {
    http,
    engine,
    controlPlane: engine.controlPlane,
    async close() {
      await http.close()
      for (const stop of stopHearing) stop()
      await jobs.stop()
      await engine.close()
      feed.close()
    },
  }
}

const readyChannel = 'ready'
const workersChannel = 'workers'

interface Rooms {
  engine: Engine
  ctx: CtxParts
  duties: Duty[]
  metrics: ServerMetrics
}

function connectRooms(parts: ControlPlaneParts, feed: EventFeed): Rooms {
  const { settings, db, hint, sealer, capabilities, log } = parts
  const toolResultTimeoutMs = settings.TOOL_RESULT_TIMEOUT_SECS * 1_000
  const { turns, registration, configRevisions, published } = createTurns({
    db: db.reads,
    drivers,
    toolResultTimeoutMs,
    engine: () => engine,
  })
  const api = `${settings.PUBLIC_APP_URL}${settings.API_PREFIX}`
  const urls = { api, ui: settings.PUBLIC_APP_URL }
  const hintReady = () => hint.publish(readyChannel, '')
  const hintWorkers = () => hint.publish(workersChannel, '')
  const { durable, duties, figures } = createDurable({ db: db.engine, engine: () => engine, hintReady, hintWorkers, log })
  const metrics = serverMetrics({ db, vitals: () => engine.vitals(), figures, log })
  const ctx: CtxParts = { db, turns, durable, feed, sealer, capabilities, drivers, urls, log, now: () => new Date() }
  const engine: Engine = createEngine({
    pool: db.enginePool,
    times: {
      lease: settings.DURABLE_LEASE_MS,
      beat: settings.DURABLE_BEAT_MS,
      sweep: settings.DURABLE_SWEEP_MS,
      grace: settings.DURABLE_GRACE_MS,
      poll: settings.DURABLE_POLL_MS,
    },
    batchMax: settings.DURABLE_BATCH_MAX,
    workflows: [registration, ...(parts.workflows ?? [])],
    effects: [fileEffects, valueEffects, secretEffects(sealer), sessionEffects, totalsEffects, contentEffects],
    appendEvents: insertEvents,
    configRevisions,
    published(events) {
      published(events)
      feed.publish(events)
      metrics.events(events)
    },
    call: workerCalls(ctx, metrics),
    hintReady,
    batchRan: metrics.batch,
    log,
    random: Math.random,
  })
  return { engine, ctx, duties: [...duties, ...upkeep(parts)], metrics }
}

/** What ended long ago goes. Events are found by their turns' workflows, so those stay until their events are dealt with. */
function upkeep({ settings, db }: ControlPlaneParts): Duty[] {
  const { EVENT_RETENTION_DAYS: eventDays, WORKFLOW_RETENTION_DAYS: days } = settings
  const log = [
    compactDeltas(db.engine, settings.DELTA_COMPACTION_DELAY_SECS * 1_000),
    ...(eventDays > 0 ? [forgetEvents(db.engine, eventDays)] : []),
  ]
  const after = log.map(({ name }) => name)
  return days > 0 ? [...log, forgetEnded({ pool: db.enginePool, days, after })] : log
}

/** A worker's Call: an operation for workers, in the name of the task it holds. */
function workerCalls(
  ctx: CtxParts,
  metrics: ServerMetrics,
): (lease: Lease, name: string, input: Json, signal: AbortSignal) => Promise<Json> {
  const offered = new Map(
    operations.filter(({ audience }) => audience === 'worker').map((operation) => [operation.name, operation]),
  )
  return async (lease, name, input, signal) => {
    const operation = offered.get(name)
    if (!operation) throw new Problem('not_found', `Workers have no operation ${name}`)
    const caller = workerCaller(lease.orgId)
    const flat = typeof input === 'object' && input !== null && !Array.isArray(input) ? input : {}
    const call = { caller, orgId: lease.orgId, requestId: lease.taskId, lease, signal, input: flat }
    const { value } = await run(ctx, operation, call, { checkOutput: false, ran: metrics.operation })
    // What operations answer is JSON by their schemas.
    return (value ?? null) as Json
  }
}

function httpSettings({ settings, version }: ControlPlaneParts): Parameters<typeof createHttp>[0]['settings'] {
  const share = (all: number): number => Math.max(1, Math.floor(all / settings.EXPECTED_INSTANCES))
  return {
    version,
    authMode: settings.AUTH_MODE,
    apiPrefix: settings.API_PREFIX,
    publicAppUrl: settings.PUBLIC_APP_URL,
    corsAllowedOrigins: settings.CORS_ALLOWED_ORIGINS,
    requestsPerMinute: settings.RATE_LIMIT_API_REQUESTS_PER_MINUTE,
    checkOutput: settings.DEV_MODE,
    maxConnections: connectionsMax(),
    streams: {
      heartbeatMs: settings.SSE_HEARTBEAT_INTERVAL_SECS * 1_000,
      cycleMs: settings.SSE_REALTIME_CYCLE_SECS * 1_000,
      monitoringCycleMs: settings.SSE_MONITORING_CYCLE_SECS * 1_000,
      maxStreams: share(settings.SSE_GLOBAL_MAX),
      maxPerOrg: share(settings.SSE_PER_ORG_MAX),
      maxPerSession: settings.SSE_PER_SESSION_MAX,
    },
  }
}
