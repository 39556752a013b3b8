// The metrics of a control plane: counted as things happen, and gauges read when somebody asks.
import type { Logger } from 'pino'
import type { StoredEvent } from '../contract/events/index.ts'
import type { Db } from '../db/connect.ts'
import type { EngineVitals } from '../durable/index.ts'
import { type Figures, loadRatio } from '../resources/durable/health/figures.ts'
import { Metrics } from '../telemetry/metrics.ts'
import { countEvents } from '../telemetry/metrics-events.ts'
import { countRequests, type RequestCounts } from '../telemetry/metrics-requests.ts'

export interface ServerMetrics extends RequestCounts {
  events(events: readonly StoredEvent[]): void
  batch(items: number, ms: number): void
  /** What a scrape shows; figures of the database at most this old. */
  text(): Promise<string>
}

export interface Sources {
  db: Pick<Db, 'pools'>
  vitals(): EngineVitals
  figures(): Promise<Figures>
  log: Logger
}

/** `sources`: asked at the time of the scrape. */
export function serverMetrics(sources: Sources): ServerMetrics {
  const metrics = new Metrics()
  const counts = countRequests(metrics)
  const events = countEvents(metrics)
  const batches = metrics.histogram('everruns_engine_batch_items', 'Items committed in one transaction.', batchBounds)
  const commits = metrics.histogram('everruns_engine_commit_duration_seconds', 'Engine transactions, first statement to commit.')
  const gauges = [
    figureGauges(metrics, sources),
    vitalGauges(metrics, sources),
    poolGauges(metrics, sources),
    processGauges(metrics),
  ]
  return {
    ...counts,
    events,
    batch(items, ms) {
      batches.observe({}, items)
      commits.observe({}, ms / 1_000)
    },
    async text() {
      for (const read of gauges) await read()
      return metrics.text()
    },
  }
}

const batchBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256]
/** Many scrapers cost the database as much as one. */
const figuresMaxAgeMs = 2_000

type Read = () => Promise<void> | void

const figureNames = {
  everruns_workflows_running: ['Live workflows that run.', (f) => f.running_workflows],
  everruns_workflows_pending: ['Live workflows that wait or are paused.', (f) => f.pending_workflows],
  everruns_workflows_started: ['Workflows started since ever.', (f) => f.workflows_started],
  everruns_workflows_completed: ['Workflows completed since ever.', (f) => f.workflows_completed],
  everruns_workflows_failed: ['Workflows failed or cancelled since ever.', (f) => f.workflows_failed],
  everruns_tasks_pending: ['Tasks in the queue.', (f) => f.pending_tasks],
  everruns_tasks_claimed: ['Tasks held by workers.', (f) => f.claimed_tasks],
  everruns_tasks_started: ['Tasks held at least once since ever.', (f) => f.tasks_started],
  everruns_tasks_completed: ['Tasks completed since ever.', (f) => f.tasks_completed],
  everruns_tasks_failed: ['Tasks dead since ever.', (f) => f.tasks_failed],
  everruns_workers_active: ['Workers whose lease holds and that are not drained.', (f) => f.active_workers],
  everruns_load_ratio: ['Held tasks by slots, 0 to 1.', loadRatio],
  everruns_dlq_size: ['Dead letters.', (f) => f.dlq_size],
} satisfies Record<string, [help: string, of: (figures: Figures) => number]>

/** While the database is away they stay as they were. */
function figureGauges(metrics: Metrics, { figures, log }: Sources): Read {
  const gauges = Object.entries(figureNames).map(([name, [help, of]]) => ({ gauge: metrics.gauge(name, help), of }))
  let readAt = Number.NEGATIVE_INFINITY
  return async () => {
    if (performance.now() - readAt < figuresMaxAgeMs) return
    readAt = performance.now()
    const now = await figures().catch((error) => void log.warn({ err: error }, 'figures could not be read'))
    if (now) for (const { gauge, of } of gauges) gauge.set({}, of(now))
  }
}

const vitalNames = {
  everruns_engine_queue_depth: ['Items that wait for the next transaction of this process.', (v) => v.queued],
  everruns_engine_streams: ['Workers connected to this process.', (v) => v.streams],
  everruns_engine_free_slots: ['Slots that workers connected to this process have free.', (v) => v.freeSlots],
  everruns_zombie_workflows: ['Live workflows that nothing would move. Alert above 0.', (v) => v.zombies],
  everruns_tasks_overdue: ['Tasks held past their lease. Alert above 0.', (v) => v.overdueTasks],
  everruns_tasks_stuck: ['Tasks that wait although workers are free. Alert above 0.', (v) => v.stuckTasks],
  everruns_tasks_unknown: ['Tasks that no worker there is can run. Alert above 0.', (v) => v.unknownTasks],
} satisfies Record<string, [help: string, of: (vitals: EngineVitals) => number]>

function vitalGauges(metrics: Metrics, { vitals }: Sources): Read {
  const gauges = Object.entries(vitalNames).map(([name, [help, of]]) => ({ gauge: metrics.gauge(name, help), of }))
  return () => {
    const now = vitals()
    for (const { gauge, of } of gauges) gauge.set({}, of(now))
  }
}

function poolGauges(metrics: Metrics, { db }: Sources): Read {
  const size = metrics.gauge('everruns_database_pool_size', 'Open connections.')
  const max = metrics.gauge('everruns_database_pool_max_size', 'Most connections the pool may open.')
  const idle = metrics.gauge('everruns_database_pool_idle', 'Open connections that nobody uses.')
  const inUse = metrics.gauge('everruns_database_pool_in_use', 'Connections in use.')
  const waiting = metrics.gauge('everruns_database_pool_waiting', 'Who waits for a connection.')
  return () => {
    for (const { pool, ...now } of db.pools()) {
      size.set({ pool }, now.size)
      max.set({ pool }, now.max)
      idle.set({ pool }, now.idle)
      inUse.set({ pool }, now.size - now.idle)
      waiting.set({ pool }, now.waiting)
    }
  }
}

function processGauges(metrics: Metrics): Read {
  const memory = metrics.gauge('process_resident_memory_bytes', 'Resident memory.')
  const cpu = metrics.gauge('process_cpu_seconds_total', 'CPU time of this process.', 'counter')
  return () => {
    memory.set({}, process.memoryUsage.rss())
    const { user, system } = process.cpuUsage()
    cpu.set({}, (user + system) / 1_000_000)
  }
}
