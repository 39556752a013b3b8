// The state of the deployment in one object.
import { z } from 'zod'
import { count } from '../lists.ts'
import { type Figures, loadPercentage } from './figures.ts'

const statuses = ['healthy', 'degraded', 'unhealthy'] as const

export const health = z
  .object({
    status: z.enum(statuses),
    total_workers: count,
    active_workers: count,
    workers_accepting: count,
    total_capacity: count,
    current_load: count,
    load_percentage: z.number(),
    pending_tasks: count,
    claimed_tasks: count,
    unknown_tasks: count,
    completed_tasks: count,
    failed_tasks: count,
    started_tasks: count,
    running_workflows: count,
    pending_workflows: count,
    completed_workflows: count,
    failed_workflows: count,
    started_workflows: count,
    dlq_size: count,
    event_delivery: z.string().optional(),
  })
  .meta({ id: 'HealthResponse' })

const highLoad = 90

/** Unhealthy: work waits and nobody takes any. Degraded: nearly full, somebody has vanished, tasks died just now, or no worker can run some. */
export function statusOf(figures: Figures): (typeof statuses)[number] {
  if (figures.accepting_workers === 0 && figures.pending_tasks > 0) return 'unhealthy'
  const troubled =
    loadPercentage(figures) >= highLoad || figures.stale_workers > 0 || figures.newly_dead > 0 || figures.unknown_tasks > 0
  return troubled ? 'degraded' : 'healthy'
}

export const toHealth = (figures: Figures): z.input<typeof health> => ({
  status: statusOf(figures),
  total_workers: figures.workers,
  active_workers: figures.active_workers,
  workers_accepting: figures.accepting_workers,
  total_capacity: figures.capacity,
  current_load: figures.claimed_tasks,
  load_percentage: loadPercentage(figures),
  pending_tasks: figures.pending_tasks,
  claimed_tasks: figures.claimed_tasks,
  unknown_tasks: figures.unknown_tasks,
  completed_tasks: figures.tasks_completed,
  failed_tasks: figures.tasks_failed,
  started_tasks: figures.tasks_started,
  running_workflows: figures.running_workflows,
  pending_workflows: figures.pending_workflows,
  completed_workflows: figures.workflows_completed,
  failed_workflows: figures.workflows_failed,
  started_workflows: figures.workflows_started,
  dlq_size: figures.dlq_size,
  event_delivery: 'postgres',
})
