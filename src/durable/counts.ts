// Totals since ever, kept in the transaction that changes what they count, so that nobody ever counts the rows (README: hot rows).
import { gathered } from './gathered.ts'
import type { Statement } from './rows.ts'
import { standaloneType } from './standalone.ts'
import type { HeadView } from './view.ts'

/** Slots over all replicas: two connections rarely share one, and only then a batch waits for another's commit. */
const slots = 256
const slot = `pg_backend_pid() % ${slots}`

/** Columns in the order of the statement's values. */
const totals = [
  'tasks_started',
  'tasks_completed',
  'tasks_failed',
  'workflows_started',
  'workflows_completed',
  'workflows_failed',
] as const
type Counts = Record<(typeof totals)[number], number>

/**
 * What a batch adds. A task is started when it is held for the first time: by its hand-off (here) or by a claim (`countClaimed`).
 * Ended tasks and workflows are never changed again, so each is counted once.
 */
function countsOf(views: readonly HeadView[]): Counts {
  const newTasks = gathered(views, (view) => view.newTasks)
  const tasks = [...newTasks, ...gathered(views, (view) => view.changedTasks)]
  const begun = gathered(views, (view) => view.newWorkflows).filter(isShown)
  const workflows = [...begun, ...gathered(views, (view) => view.changedWorkflows).filter(isShown)]
  const number = <T>(of: T[], which: (one: T) => boolean): number => of.filter(which).length
  return {
    tasks_started: number(newTasks, ({ attempt }) => attempt > 0),
    tasks_completed: number(tasks, ({ status }) => status === 'completed'),
    tasks_failed: number(tasks, ({ status }) => status === 'dead'),
    workflows_started: begun.length,
    workflows_completed: number(workflows, ({ status }) => status === 'completed'),
    workflows_failed: number(workflows, ({ status }) => status === 'failed' || status === 'cancelled'),
  }
}

/** A task that stands alone is no workflow to those who look at the totals. */
const isShown = ({ type }: { type: string }): boolean => type !== standaloneType

/** None where the batch changes no total. To be the last of its transaction: whoever shares the slot waits until the commit. */
export function countBatch(views: readonly HeadView[]): Statement[] {
  const counts = countsOf(views)
  if (totals.every((name) => counts[name] === 0)) return []
  return [{ name: 'count_batch', text: batchText, values: totals.map((name) => counts[name]) }]
}

const batchText = `insert into engine_counts as c (slot, ${totals.join(', ')})
  values (${slot}, ${totals.map((_, n) => `$${n + 1}`).join(', ')})
  on conflict (slot) do update set ${totals.map((name) => `${name} = c.${name} + excluded.${name}`).join(', ')}`

/** The part of a claim that counts: `claimed` is the CTE of its rows. */
export const countClaimed = (claimed: string): string => `insert into engine_counts as c (slot, tasks_started)
  select ${slot}, count(*) from ${claimed} where attempt = 1 having count(*) > 0
  on conflict (slot) do update set tasks_started = c.tasks_started + excluded.tasks_started`
