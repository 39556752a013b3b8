// The figures of the whole deployment in one statement: small partial indexes and kept totals, never a count over history.
import { type Kysely, sql } from 'kysely'
import type { Database } from '../../../db/schema.ts'
import { standaloneType } from '../../../durable/index.ts'

export interface Totals {
  tasks_started: number
  tasks_completed: number
  tasks_failed: number
  workflows_started: number
  workflows_completed: number
  workflows_failed: number
}

export interface Figures extends Totals {
  at: Date
  pending_tasks: number
  claimed_tasks: number
  /** Waiting tasks of kinds that no worker there is can run. */
  unknown_tasks: number
  dlq_size: number
  /** Dead letters of the last quarter of an hour. */
  newly_dead: number
  running_workflows: number
  /** Live, but waiting for somebody or paused. */
  pending_workflows: number
  /** Those that have not stopped. */
  workers: number
  active_workers: number
  accepting_workers: number
  stale_workers: number
  /** Of workers whose lease holds. */
  capacity: number
}

const live = sql`lease_until >= clock_timestamp()`

/** Through the engine's connection: it looks at all organisations. Standalone tasks are no workflows here. */
export async function readFigures(db: Kysely<Database>): Promise<Figures> {
  const { rows } = await sql<Figures>`
    select clock_timestamp() as at, t.*, w.*, k.*, c.*
    from (select
        (select count(*) from tasks where status = 'pending') as pending_tasks,
        (select count(*) from tasks where status = 'claimed') as claimed_tasks,
        (select count(*) from tasks where status = 'pending' and visible_at < clock_timestamp() - interval '5 seconds'
           and kind not in (select unnest(kinds) from workers where status <> 'stopped' and ${live})) as unknown_tasks,
        (select count(*) from tasks where status = 'dead' and requeued_at is null) as dlq_size,
        (select count(*) from tasks where status = 'dead' and requeued_at is null
           and completed_at > clock_timestamp() - interval '15 minutes') as newly_dead) t,
      (select count(*) filter (where status = 'running') as running_workflows,
         count(*) filter (where status <> 'running') as pending_workflows
       from workflows where status in ('running', 'waiting', 'paused') and type <> ${sql.lit(standaloneType)}) w,
      (select count(*) as workers, count(*) filter (where status = 'active' and ${live}) as active_workers,
         count(*) filter (where status = 'active' and accepting and ${live}) as accepting_workers,
         count(*) filter (where not ${live}) as stale_workers, coalesce(sum(capacity) filter (where ${live}), 0) as capacity
       from workers where status <> 'stopped') k,
      (select coalesce(sum(tasks_started), 0) as tasks_started, coalesce(sum(tasks_completed), 0) as tasks_completed,
         coalesce(sum(tasks_failed), 0) as tasks_failed, coalesce(sum(workflows_started), 0) as workflows_started,
         coalesce(sum(workflows_completed), 0) as workflows_completed, coalesce(sum(workflows_failed), 0) as workflows_failed
       from engine_counts) c`.execute(db)
  const [figures] = rows
  if (!figures) throw new Error('aggregates without groups have one row')
  return figures
}

/** 0 to 1; held tasks by the slots of workers that live. */
export const loadRatio = ({ claimed_tasks, capacity }: Figures): number =>
  capacity === 0 ? 0 : Math.min(1, claimed_tasks / capacity)

/** 0 to 100, one decimal. */
export const loadPercentage = (figures: Figures): number => Math.round(loadRatio(figures) * 1_000) / 10
