// How the log stays bounded: the pieces of completed messages go some time after their turn, and whole turns where the operator
// keeps them for so many days only. The statements are functions of the database, because nothing else may remove an event; they
// see to it that one process does the work at a time.
import { type Kysely, sql } from 'kysely'
import type { Database } from '../../db/schema.ts'
import { type Duty, inPages } from '../../durable/index.ts'

type Db = Kysely<Database>

const secondMs = 1_000
const compactEveryMs = 30 * secondMs
const forgetEveryMs = 60 * secondMs
/**
 * One transaction deals with so many turns. The walk is over all ended workflows, also those without a log (a look into an index
 * each): so the stamps come as far as `forget_ended` may go, whatever has ended.
 */
const turnsAtOnce = 20

interface Page {
  turns: number
  removed: number
}

/** A duty that goes through ended turns in the order of their ends; `page` deals with the next ones. */
const throughTurns = (name: string, everyMs: number, page: () => Promise<Page | undefined>): Duty => ({
  name,
  everyMs,
  async run(stopping) {
    const done = { turns: 0, removed: 0 }
    const next = async () => {
      const { turns, removed } = (await page()) ?? { turns: 0, removed: 0 }
      done.turns += turns
      done.removed += removed
      return turns >= turnsAtOnce
    }
    await inPages(next, { everyMs, stopping })
    return (done.turns > 0 ? done : {}) as Record<string, number>
  },
})

/** The pieces of completed messages, `quietMs` after their turn has ended. */
export const compactDeltas = (db: Db, quietMs: number): Duty =>
  throughTurns('compact_deltas', compactEveryMs, async () => {
    const { rows } = await sql<Page>`
      select turns, pieces as removed from compact_deltas(${quietMs} * interval '1 ms', ${turnsAtOnce})`.execute(db)
    return rows[0]
  })

/** The events of turns that ended more than `days` days ago; what belongs to no turn stays. */
export const forgetEvents = (db: Db, days: number): Duty =>
  throughTurns('forget_events', forgetEveryMs, async () => {
    const { rows } = await sql<Page>`
      select turns, forgotten as removed from forget_events(${days} * interval '1 day', ${turnsAtOnce})`.execute(db)
    return rows[0]
  })
