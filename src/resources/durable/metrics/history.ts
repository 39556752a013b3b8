// The last hour of this process in points ten seconds apart: a ring in memory, filled by a duty.
import { z } from 'zod'
import type { Duty } from '../../../durable/index.ts'
import { timestamp, toWireTime } from '../../shared/time.ts'
import { type Figures, loadPercentage } from '../health/figures.ts'
import { count } from '../lists.ts'

const pointsMax = 360
export const resolutionSeconds = 10

export const metricsPoint = z
  .object({
    timestamp,
    running_workflows: count,
    pending_workflows: count,
    pending_tasks: count,
    claimed_tasks: count,
    active_workers: count,
    load_percentage: z.number(),
    dlq_size: count,
    tasks_completed_total: count,
    tasks_failed_total: count,
    tasks_started_total: count,
    workflows_completed_total: count,
    workflows_failed_total: count,
    workflows_started_total: count,
  })
  .meta({ id: 'MetricsPoint' })
export type MetricsPoint = z.input<typeof metricsPoint>

const toPoint = (figures: Figures): MetricsPoint => ({
  timestamp: toWireTime(figures.at),
  running_workflows: figures.running_workflows,
  pending_workflows: figures.pending_workflows,
  pending_tasks: figures.pending_tasks,
  claimed_tasks: figures.claimed_tasks,
  active_workers: figures.active_workers,
  load_percentage: loadPercentage(figures),
  dlq_size: figures.dlq_size,
  tasks_completed_total: figures.tasks_completed,
  tasks_failed_total: figures.tasks_failed,
  tasks_started_total: figures.tasks_started,
  workflows_completed_total: figures.workflows_completed,
  workflows_failed_total: figures.workflows_failed,
  workflows_started_total: figures.workflows_started,
})

export class History {
  readonly #points: MetricsPoint[] = []

  add(figures: Figures): void {
    this.#points.push(toPoint(figures))
    if (this.#points.length > pointsMax) this.#points.shift()
  }

  /** Oldest first; the newest `most` where given. */
  points(most = pointsMax): MetricsPoint[] {
    return this.#points.slice(-most)
  }
}

/** Reads, writes nothing. */
export const keepHistory = (history: History, read: () => Promise<Figures>): Duty => ({
  name: 'keep_history',
  everyMs: resolutionSeconds * 1_000,
  async run() {
    history.add(await read())
    return {}
  },
})
