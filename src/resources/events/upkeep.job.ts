// How the log stays bounded: the pieces of completed messages go some time after their turn, and whole turns where the operator
// keeps them for so many days only. The statements are functions of the database, because nothing else may remove an event; they
// see to it that one process does the work at a time.
import { type Kysely, sql } from 'kysely'
import type { Database } from '../../db/schema.ts'
import type { Duty } from '../../durable/index.ts'

type Db = Kysely<Database>

const secondMs = 1_000
const minuteMs = 60 * secondMs
const compactEveryMs = 30 * secondMs
const forgetEveryMs = 10 * minuteMs
/** One transaction deals with so many turns … */
const turnsAtOnce = 20
/** … and one run of a duty has so many of them. */
const stepsMax = 250

interface Step {
  turns: number
  removed: number
}

/** Small transactions until nothing is left to do now. */
async function untilDone(step: () => Promise<Step>): Promise<Step> {
  const done = { turns: 0, removed: 0 }
  for (let n = 0; n < stepsMax; n += 1) {
    const { turns, removed } = await step()
    done.turns += turns
    done.removed += removed
    if (turns < turnsAtOnce) break
  }
  return done
}

/** The pieces of completed messages, `quietMs` after their turn has ended. */
export const compactDeltas = (db: Db, quietMs: number): Duty => ({
  name: 'compact_deltas',
  everyMs: compactEveryMs,
  async run() {
    const { turns, removed } = await untilDone(async () => {
      const { rows } = await sql<Step>`
        select turns, pieces as removed from compact_deltas(${quietMs} * interval '1 ms', ${turnsAtOnce})`.execute(db)
      return rows[0] ?? { turns: 0, removed: 0 }
    })
    return (turns > 0 ? { turns, removed } : {}) as Record<string, number>
  },
})

/** The events of turns that ended more than `days` days ago; what belongs to no turn stays. */
export const forgetEvents = (db: Db, days: number): Duty => ({
  name: 'forget_events',
  everyMs: forgetEveryMs,
  async run() {
    const { turns, removed } = await untilDone(async () => {
      const { rows } = await sql<Step>`
        select turns, forgotten as removed from forget_events(${days} * interval '1 day', ${turnsAtOnce})`.execute(db)
      return rows[0] ?? { turns: 0, removed: 0 }
    })
    return (turns > 0 ? { turns, removed } : {}) as Record<string, number>
  },
})
