// A worker on the wire. Its id is the incarnation that holds tasks, its name is in the metadata.
import { z } from 'zod'
import type { Uuid } from '../../../contract/ids.ts'
import type { JsonObject } from '../../../contract/json.ts'
import { stored } from '../../shared/stored.ts'
import { timestamp, toWireTime } from '../../shared/time.ts'
import { count } from '../lists.ts'

export const workerStatuses = ['active', 'draining', 'stale', 'stopped'] as const

export interface WorkerRow {
  incarnation: Uuid
  name: string
  worker_group: string | null
  kinds: string[]
  capacity: number
  held: number
  /** `stale`: its lease is over and nobody has said goodbye. */
  status: (typeof workerStatuses)[number]
  accepting: boolean
  in_process: boolean
  hostname: string | null
  version: string | null
  metadata: unknown
  tasks_completed: number
  tasks_failed: number
  busy_ms: number
  started_at: Date
  last_heartbeat_at: Date
}

const worker = z
  .object({
    id: z.string(),
    worker_group: z.string().optional(),
    activity_types: z.array(z.string()),
    max_concurrency: count,
    current_load: count,
    status: z.enum(workerStatuses),
    accepting_tasks: z.boolean(),
    backpressure_reason: z.string().optional(),
    started_at: timestamp,
    last_heartbeat_at: timestamp,
    hostname: z.string().optional(),
    version: z.string().optional(),
    metadata: z.record(z.string(), z.any()).optional(),
    tasks_completed: count,
    tasks_failed: count,
    avg_task_duration_ms: count.optional(),
  })
  .meta({ id: 'WorkerResponse' })

const summary = z
  .object({ active: count, draining: count, stale: count, stopped: count, total_capacity: count, total_load: count })
  .meta({ id: 'WorkersSummaryResponse' })

export const workersList = z.object({ data: z.array(worker), total: count, summary }).meta({ id: 'WorkersListResponse' })

/** Row → wire. */
function toWorker(row: WorkerRow): z.input<typeof worker> {
  const ended = row.tasks_completed + row.tasks_failed
  const takes = row.status === 'active' && row.accepting
  return {
    id: row.incarnation,
    worker_group: row.worker_group ?? undefined,
    activity_types: row.kinds,
    max_concurrency: row.capacity,
    current_load: row.held,
    status: row.status,
    accepting_tasks: takes,
    ...(takes ? {} : { backpressure_reason: row.status === 'active' ? 'stopping' : row.status }),
    started_at: toWireTime(row.started_at),
    last_heartbeat_at: toWireTime(row.last_heartbeat_at),
    hostname: row.hostname ?? undefined,
    version: row.version ?? undefined,
    metadata: { ...stored<JsonObject>(Object(row.metadata)), name: row.name, in_process: row.in_process },
    tasks_completed: row.tasks_completed,
    tasks_failed: row.tasks_failed,
    ...(ended > 0 ? { avg_task_duration_ms: Math.round(row.busy_ms / ended) } : {}),
  }
}

/** Capacity and load are those of workers that live. */
export function toWorkersList(rows: readonly WorkerRow[]): z.input<typeof workersList> {
  const living = rows.filter(({ status }) => status === 'active' || status === 'draining')
  const number = (status: WorkerRow['status']): number => rows.filter((row) => row.status === status).length
  return {
    data: rows.map(toWorker),
    total: rows.length,
    summary: {
      active: number('active'),
      draining: number('draining'),
      stale: number('stale'),
      stopped: number('stopped'),
      total_capacity: living.reduce((sum, { capacity }) => sum + capacity, 0),
      total_load: living.reduce((sum, { held }) => sum + held, 0),
    },
  }
}
