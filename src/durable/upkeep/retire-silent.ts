// Workers that vanished without a goodbye are shown as stopped after a while, and stopped ones are forgotten after a day.
import type pg from 'pg'
import type { Duty } from './duty.ts'

const everyMs = 30_000
const silentMs = 60_000

/** Never those that hold something (the sweep decides about them), and nobody right after an outage (README: not a death). */
async function retireSilent(pool: pg.Pool, sweepMs: number): Promise<number> {
  const { rowCount } = await pool.query({
    name: 'retire_silent',
    text: `update workers w set status = 'stopped', accepting = false
           where w.status <> 'stopped' and w.lease_until < clock_timestamp() - $1 * interval '1 ms'
             and not exists (select from tasks t where t.status = 'claimed' and t.claimed_by = w.incarnation)
             and exists (select from duty_stamps where name = 'sweep_leases' and at > clock_timestamp() - 3 * $2 * interval '1 ms')`,
    values: [silentMs, sweepMs],
  })
  return rowCount ?? 0
}

async function forgetStopped(pool: pg.Pool): Promise<number> {
  const { rowCount } = await pool.query(
    `delete from workers where status = 'stopped' and last_heartbeat_at < clock_timestamp() - interval '1 day'`,
  )
  return rowCount ?? 0
}

export const retireSilentWorkers = ({ pool, sweepMs }: { pool: pg.Pool; sweepMs: number }): Duty => ({
  name: 'retire_silent_workers',
  everyMs,
  async run() {
    const [retired, forgotten] = [await retireSilent(pool, sweepMs), await forgetStopped(pool)]
    return { ...(retired > 0 ? { retired } : {}), ...(forgotten > 0 ? { forgotten } : {}) }
  },
})
