// Looks for what must not be there: live workflows that nothing will move, tasks held past any lease, tasks nobody takes although
// somebody could, tasks that no worker knows how to run. The first are ended; the others are only counted and told.
import type pg from 'pg'
import type { Logger } from 'pino'
import type { Uuid } from '../../contract/ids.ts'
import type { Item } from '../item.ts'
import { strand } from '../steps/strand.ts'
import { suspectSql } from '../suspects.ts'
import type { Duty } from './duty.ts'

/** What the last look found. All of them are zero while everything works. */
export interface Found {
  zombies: number
  overdueTasks: number
  stuckTasks: number
  /** Of kinds that no worker there is can run: they wait for a release that does. */
  unknownTasks: number
}

export interface ZombieOptions {
  pool: pg.Pool
  everyMs: number
  leaseMs: number
  sweepMs: number
  log: Logger
  submit<R>(item: Item<R>): Promise<R>
  found(figures: Found): void
}

interface Zombie {
  id: Uuid
  sessionId: Uuid
  type: string
}

const zombiesMax = 100
/** Beyond lease and sweep, before a held task counts as overdue. */
const patienceMs = 2_000
const stuckAfterMs = 30_000
/** Before a task that no worker knows is told of: its worker may be on the way. */
const unknownAfterMs = 5_000

/** Paused workflows declare their wait by their status; every other wait is an open task. One statement, so nothing is in between. */
async function findZombies(pool: pg.Pool): Promise<Zombie[]> {
  const { rows } = await pool.query<Zombie>({
    name: 'find_zombies',
    text: `select w.id, w.session_id as "sessionId", w.type from workflows w
           where w.status in ('running', 'waiting') and not exists (
             select from tasks t where t.workflow_id = w.id and t.status in ('pending', 'claimed', 'waiting'))
           limit $1`,
    values: [zombiesMax],
  })
  return rows
}

async function countLate({ pool, leaseMs, sweepMs }: ZombieOptions): Promise<Omit<Found, 'zombies'>> {
  const { rows } = await pool.query<Omit<Found, 'zombies'>>({
    name: 'count_late',
    text: `with known as (
             select distinct unnest(w.kinds) as kind from workers w where w.status <> 'stopped' and w.lease_until > clock_timestamp()),
           free as (
             select distinct unnest(w.kinds) as kind from workers w
             where w.status = 'active' and w.accepting and w.lease_until > clock_timestamp()
               and (select count(*) from tasks h where h.status = 'claimed' and h.claimed_by = w.incarnation) < w.capacity)
           select (select count(*) from tasks t left join workers w on w.incarnation = t.claimed_by
                   where t.status = 'claimed' and (w.incarnation is null or w.lease_until < clock_timestamp() - $1 * interval '1 ms'))
                    as "overdueTasks",
                  (select count(*) from tasks t where t.status = 'pending' and t.kind in (select kind from free)
                     and t.visible_at < clock_timestamp() - $2 * interval '1 ms' and not ${suspectSql('t')}) as "stuckTasks",
                  (select count(*) from tasks t where t.status = 'pending' and t.visible_at < clock_timestamp() - $3 * interval '1 ms'
                     and exists (select from known) and t.kind not in (select kind from known)) as "unknownTasks"`,
    values: [leaseMs + sweepMs + patienceMs, stuckAfterMs, unknownAfterMs],
  })
  return rows[0] ?? { overdueTasks: 0, stuckTasks: 0, unknownTasks: 0 }
}

/** Says what is wrong only when it changes, so that an alert is one line and not one in ten seconds. */
function tell(log: Logger, before: Found, now: Found): void {
  if (now.overdueTasks > before.overdueTasks) log.error({ overdue_tasks: now.overdueTasks }, 'tasks are held past their lease')
  if (now.stuckTasks > before.stuckTasks) log.error({ stuck_tasks: now.stuckTasks }, 'tasks wait although workers are free')
  if (now.unknownTasks > before.unknownTasks) log.error({ unknown_tasks: now.unknownTasks }, 'tasks wait that no worker can run')
}

export function findZombiesDuty(options: ZombieOptions): Duty {
  const { pool, log, submit } = options
  let before: Found = { zombies: 0, overdueTasks: 0, stuckTasks: 0, unknownTasks: 0 }
  return {
    name: 'find_zombies',
    everyMs: options.everyMs,
    async run() {
      const [zombies, late] = await Promise.all([findZombies(pool), countLate(options)])
      const now = { zombies: zombies.length, ...late }
      options.found(now)
      tell(log, before, now)
      before = now
      const ended = await Promise.all(
        zombies.map(async ({ id, sessionId, type }) => {
          log.error({ workflow_id: id, session_id: sessionId, type }, 'a live workflow has nothing that would ever move it')
          return submit({ name: 'strand', sessionId, bytes: 2_048, fold: (view) => strand(view, id) })
        }),
      )
      const repaired = ended.filter(Boolean).length
      return (repaired > 0 ? { repaired } : {}) as Record<string, number>
    },
  }
}
