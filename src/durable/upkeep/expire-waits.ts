// Ends waits whose deadline has passed: a client-side tool that nobody answered.
import type pg from 'pg'
import type { Uuid } from '../../contract/ids.ts'
import type { Item } from '../item.ts'
import { expire } from '../steps/reclaim.ts'
import type { Duty } from './duty.ts'

export interface ExpireOptions {
  pool: pg.Pool
  everyMs: number
  submit<R>(item: Item<R>): Promise<R>
}

/** Looked for at once. */
const pageSize = 200

export const expireWaits = ({ pool, everyMs, submit }: ExpireOptions): Duty => ({
  name: 'expire_waits',
  everyMs,
  async run() {
    let expired = 0
    for (;;) {
      const waits = await findExpired(pool)
      const ended = await Promise.all(
        waits.map(({ id, sessionId }) =>
          submit({ name: 'expire', sessionId, taskIds: [id], bytes: 512, fold: (view) => expire(view, id) }),
        ),
      )
      const count = ended.filter(Boolean).length
      expired += count
      if (waits.length < pageSize || count === 0) return expired > 0 ? { expired } : ({} as Record<string, number>)
    }
  },
})

async function findExpired(pool: pg.Pool): Promise<{ id: Uuid; sessionId: Uuid }[]> {
  const { rows } = await pool.query<{ id: Uuid; sessionId: Uuid }>({
    name: 'find_expired',
    text: `select id, session_id as "sessionId" from tasks where status = 'waiting' and visible_at < clock_timestamp() limit $1`,
    values: [pageSize],
  })
  return rows
}
