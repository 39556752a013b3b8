// Takes tasks from holders that are gone. Time is the database's; after an outage nobody is taken for dead.
import type pg from 'pg'
import type { Uuid } from '../../contract/ids.ts'
import type { Item } from '../item.ts'
import { reclaim } from '../steps/reclaim.ts'
import type { Duty } from './duty.ts'

export interface SweepOptions {
  pool: pg.Pool
  sweepMs: number
  leaseMs: number
  submit<R>(item: Item<R>): Promise<R>
}

interface Lost {
  id: Uuid
  attempt: number
  holder: Uuid
  sessionId: Uuid
}

/** Reclaimed in one sweep at most. */
const sweepMax = 200

/** One replica a sweep gets the turn. Answers how long ago the last sweep was, or null when it is not our turn. */
async function takeTurn({ pool, sweepMs }: SweepOptions): Promise<number | null> {
  const { rows } = await pool.query<{ ago: number }>({
    name: 'sweep_turn',
    text: `update duty_stamps s set at = clock_timestamp()
           from (select name, at from duty_stamps where name = 'sweep_leases' for update skip locked) old
           where s.name = old.name and old.at <= clock_timestamp() - $1 * interval '1 ms'
           returning (extract(epoch from clock_timestamp() - old.at) * 1000)::float8 as ago`,
    values: [sweepMs * 0.8],
  })
  return rows[0]?.ago ?? null
}

/** We were away (or nobody looked): a lease that ran out meanwhile proves nothing, so every one is extended once. */
async function extendAll({ pool, leaseMs }: SweepOptions): Promise<number> {
  const { rowCount } = await pool.query({
    name: 'extend_leases',
    text: `update workers set lease_until = greatest(lease_until, clock_timestamp() + $1 * interval '1 ms'),
             rerun_until = greatest(rerun_until, clock_timestamp() + $1 * interval '1 ms')
           where status <> 'stopped' and last_heartbeat_at > clock_timestamp() - interval '1 day'`,
    values: [leaseMs],
  })
  return rowCount ?? 0
}

async function findLost({ pool }: SweepOptions): Promise<Lost[]> {
  const { rows } = await pool.query<Lost>({
    name: 'find_lost',
    text: `select t.id, t.attempt, t.claimed_by as holder, t.session_id as "sessionId"
           from tasks t left join workers w on w.incarnation = t.claimed_by
           where t.status = 'claimed' and (w.incarnation is null or w.lease_until < clock_timestamp()
             or (w.rerun_until < clock_timestamp() and not (t.class = 'at_most_once' and t.begun_at is not null)))
           limit $1`,
    values: [sweepMax],
  })
  return rows
}

export const sweepLeases = (options: SweepOptions): Duty => ({
  name: 'sweep_leases',
  everyMs: options.sweepMs,
  async run() {
    const ago = await takeTurn(options)
    if (ago === null) return {}
    if (ago > 3 * options.sweepMs) return { extended: await extendAll(options) }
    return sweepNow(options)
  },
})

/** The sweep itself; also asked for right after a stream broke and its grace is over. */
export async function sweepNow(options: SweepOptions): Promise<Record<string, number>> {
  const lost = await findLost(options)
  const taken = await Promise.all(
    lost.map(({ id, attempt, holder, sessionId }) =>
      options.submit({
        name: 'reclaim',
        sessionId,
        taskIds: [id],
        holders: [holder],
        bytes: 512,
        fold: (view) => reclaim(view, { id, attempt }, holder),
      }),
    ),
  )
  const reclaimed = taken.filter(Boolean).length
  return reclaimed > 0 ? { reclaimed } : {}
}
