// The worker's row: one lease for all it holds. Everything is compared with the database's clock.
import type pg from 'pg'
import type { Hello } from '../contract/control-plane.ts'
import type { Uuid } from '../contract/ids.ts'
import { Problem } from '../contract/problem.ts'

export interface Registered {
  epoch: number
  /** An admin's drain outlives a broken stream. */
  draining: boolean
}

/**
 * Hello: the row exists, its lease is fresh, and every older stream of this incarnation is outdated. Answers the new epoch; Problem
 * `conflict` for a Hello that was overtaken by a newer stream's.
 */
export async function register(pool: pg.Pool, hello: Hello, leaseMs: number): Promise<Registered> {
  const { rows } = await pool.query<Registered>({
    name: 'register_worker',
    text: `insert into workers (incarnation, name, worker_group, kinds, capacity, in_process, hostname, version, lease_until, rerun_until,
             stream_epoch)
           values ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp() + $9 * interval '1 ms', clock_timestamp() + $9 * interval '1 ms',
             $10)
           on conflict (incarnation) do update set stream_epoch = excluded.stream_epoch, capacity = excluded.capacity,
             status = case workers.status when 'stopped' then 'active' else workers.status end,
             lease_until = excluded.lease_until, rerun_until = excluded.rerun_until, last_heartbeat_at = clock_timestamp()
           where workers.stream_epoch < excluded.stream_epoch
           returning stream_epoch as epoch, status = 'draining' as draining`,
    values: [
      hello.incarnation,
      hello.name,
      hello.group,
      hello.kinds,
      hello.capacity,
      hello.inProcess,
      hello.hostname,
      hello.version,
      leaseMs,
      hello.stream,
    ],
  })
  const [registered] = rows
  if (!registered) throw new Problem('conflict', 'This worker has opened a newer stream', { code: 'stream_outdated' })
  await pool.query({
    name: 'forgive_lost',
    text: `update tasks set failures = greatest(least(failures, max_failures) - 1, 0), lost_by = null where lost_by = $1 and status in ('pending', 'claimed')`,
    values: [hello.incarnation],
  })
  return registered
}

/** What was charged to workers that have beaten since, without a Hello: the network was gone, or their control plane's. Answers how many. */
export async function forgiveBack(pool: pg.Pool): Promise<number> {
  const { rowCount } = await pool.query({
    name: 'forgive_back',
    text: `update tasks t set failures = greatest(least(t.failures, t.max_failures) - 1, 0), lost_by = null from workers w
           where t.lost_by = w.incarnation and t.status in ('pending', 'claimed') and w.last_heartbeat_at > t.visible_at
             and w.rerun_until > clock_timestamp()`,
  })
  return rowCount ?? 0
}

export interface Heartbeat {
  incarnation: Uuid
  epoch: number
  load: number
  accepting: boolean
}

/** One statement for the beats of all streams of this process. A beat of an outdated stream renews nothing. */
export async function renew(pool: pg.Pool, beats: Heartbeat[], leaseMs: number): Promise<void> {
  await pool.query({
    name: 'renew_leases',
    text: `update workers w set lease_until = clock_timestamp() + $5 * interval '1 ms', rerun_until = clock_timestamp() + $5 * interval '1 ms',
             last_heartbeat_at = clock_timestamp(), load = n.load, accepting = n.accepting,
             status = case w.status when 'stopped' then 'active' else w.status end
           from unnest($1::uuid[], $2::int[], $3::int[], $4::bool[]) n (incarnation, epoch, load, accepting)
           where w.incarnation = n.incarnation and w.stream_epoch = n.epoch`,
    values: [
      beats.map((b) => b.incarnation),
      beats.map((b) => b.epoch),
      beats.map((b) => b.load),
      beats.map((b) => b.accepting),
      leaseMs,
    ],
  })
}

/** The stream broke: what may run again is held only for the grace, unless the worker is already back on another stream. */
export async function shorten(pool: pg.Pool, incarnation: Uuid, epoch: number, graceMs: number): Promise<void> {
  await pool.query({
    name: 'shorten_lease',
    text: `update workers set rerun_until = least(rerun_until, clock_timestamp() + $3 * interval '1 ms')
           where incarnation = $1 and stream_epoch = $2`,
    values: [incarnation, epoch, graceMs],
  })
}

/** A worker that said goodbye, having handed everything back. */
export async function retire(pool: pg.Pool, incarnation: Uuid): Promise<void> {
  await pool.query(
    `update workers set status = 'stopped', accepting = false, lease_until = clock_timestamp(), rerun_until = clock_timestamp()
     where incarnation = $1`,
    [incarnation],
  )
}

/**
 * For a process that alone may use this database (the all-in-one holds its folder's lock): whatever worked inside an earlier
 * process is certainly dead. Never call it on a shared server.
 */
export async function retireInProcess(pool: pg.Pool): Promise<number> {
  const { rowCount } = await pool.query(
    `update workers set status = 'stopped', accepting = false, lease_until = clock_timestamp(), rerun_until = clock_timestamp()
     where in_process and status <> 'stopped'`,
  )
  return rowCount ?? 0
}
