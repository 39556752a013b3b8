// Tells the workers connected here what an admin decided about them. Decided anywhere, stored in the worker's row: a hint says
// that there is something to look at, and the look once a second finds what no hint told.
import type pg from 'pg'
import type { Uuid } from '../contract/ids.ts'
import type { Streams } from './streams.ts'

export async function obeyDrains(pool: pg.Pool, streams: Streams): Promise<void> {
  const open = streams.all()
  if (open.length === 0) return
  const { rows } = await pool.query<{ incarnation: Uuid; status: string }>({
    name: 'statuses_of_workers',
    text: `select incarnation, status from workers where incarnation = any($1::uuid[]) and status <> 'stopped'`,
    values: [open.map((stream) => stream.hello.incarnation)],
  })
  for (const { incarnation, status } of rows) {
    const stream = streams.get(incarnation)
    const draining = status === 'draining'
    if (!stream || stream.draining === draining) continue
    stream.draining = draining
    stream.send({ kind: draining ? 'drain' : 'resume' })
  }
}
