// Takes tasks from holders that are gone. Time is the database's; after an outage nobody is taken for dead.
import type pg from 'pg'
import type { Uuid } from '../../contract/ids.ts'
import type { Item } from '../item.ts'
import { forgiveBack } from '../leases.ts'
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
  /** Its holder had nothing else when it was lost. */
  wasAlone: boolean
}

/** Looked for at once. */
const pageSize = 200

/** Nobody swept for so many sweeps: an outage. */
const outageSweeps = 3

interface Turn {
  /** Workers whose leases were extended. */
  extended: number
  isOutage: boolean
}

/**
 * One replica a sweep gets the turn; null when it is not our turn. After an outage (or when nobody looked) a lease that ran out proves
 * nothing, so every one is extended once: in the statement that stamps, because from the stamp on leases are believed again. The same where
 * the last stamp lies ahead: the database is on a host now whose clock is behind, and its leases would hold until the clock has caught up.
 */
async function takeTurn({ pool, sweepMs, leaseMs }: SweepOptions): Promise<Turn | null> {
  const { rows } = await pool.query<Turn>({
    name: 'sweep_turn',
    text: `with turn as (
             update duty_stamps s set at = clock_timestamp()
             from (select name, at from duty_stamps where name = 'sweep_leases' for update skip locked) old
             where s.name = old.name and abs(extract(epoch from clock_timestamp() - old.at)) * 1000 >= $1
             returning abs(extract(epoch from clock_timestamp() - old.at)) * 1000 >= $2 as "isOutage"
           ), extended as (
             update workers set lease_until = clock_timestamp() + $3 * interval '1 ms', rerun_until = clock_timestamp() + $3 * interval '1 ms'
             from turn
             where turn."isOutage" and status <> 'stopped' and last_heartbeat_at > clock_timestamp() - interval '1 day'
             returning 1
           )
           select "isOutage", (select count(*)::int from extended) as extended from turn`,
    values: [sweepMs * 0.8, sweepMs * outageSweeps, leaseMs],
  })
  return rows[0] ?? null
}

/** None while the last sweep is so long ago that the next one will extend all leases. */
async function findLost({ pool, sweepMs }: SweepOptions): Promise<Lost[]> {
  const { rows } = await pool.query<Lost>({
    name: 'find_lost',
    text: `select t.id, t.attempt, t.claimed_by as holder, t.session_id as "sessionId",
             not exists (select from tasks n where n.status = 'claimed' and n.claimed_by = t.claimed_by and n.id <> t.id)
               and not exists (select from tasks n where n.lost_by = t.claimed_by and n.id <> t.id) as "wasAlone"
           from tasks t left join workers w on w.incarnation = t.claimed_by
           where t.status = 'claimed' and (w.incarnation is null or w.lease_until < clock_timestamp()
             or (w.rerun_until < clock_timestamp() and not (t.class = 'at_most_once' and t.begun_at is not null)))
             and exists (select from duty_stamps where name = 'sweep_leases' and at > clock_timestamp() - $2 * interval '1 ms')
           limit $1`,
    values: [pageSize, sweepMs * outageSweeps],
  })
  return rows
}

export const sweepLeases = (options: SweepOptions): Duty => ({
  name: 'sweep_leases',
  everyMs: options.sweepMs,
  async run() {
    const turn = await takeTurn(options)
    if (turn === null) return {}
    if (turn.isOutage) return { extended: turn.extended }
    const forgiven = await forgiveBack(options.pool)
    const swept = await sweepNow(options)
    return forgiven > 0 ? { forgiven, ...swept } : swept
  },
})

/** The sweep itself; also asked for right after a stream broke and its grace is over. */
export async function sweepNow(options: SweepOptions): Promise<Record<string, number>> {
  let reclaimed = 0
  for (;;) {
    const lost = await findLost(options)
    const taken = await reclaimAll(lost, options)
    reclaimed += taken
    // Those that were not taken are still held, and would be found again.
    if (lost.length < pageSize || taken === 0) return reclaimed > 0 ? { reclaimed } : {}
  }
}

async function reclaimAll(lost: readonly Lost[], options: SweepOptions): Promise<number> {
  const taken = await Promise.all(
    lost.map(({ id, attempt, holder, sessionId, wasAlone }) =>
      options.submit({
        name: 'reclaim',
        sessionId,
        taskIds: [id],
        holders: [holder],
        bytes: 512,
        // What was found before an outage says nothing after it.
        patienceMs: 0,
        fold: (view) => reclaim(view, { id, attempt }, holder, wasAlone),
      }),
    ),
  )
  return taken.filter(Boolean).length
}
