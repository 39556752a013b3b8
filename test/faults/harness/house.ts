// What a run needs of the product, whichever way it was started.
import type pg from 'pg'
import type { Api } from './api.ts'
import { uuidOf } from './wire.ts'

export interface House {
  api: Api
  /** Straight into the database; survives its outages. */
  db: pg.Pool
  /** The file the ledger tools write to. */
  ledger: string
  /** Where HTTP is served now. */
  urls(): string[]
  /** For the report of a run that got stuck. */
  lastWords(session: string): Promise<string>
}

/** A session's tasks and workers as text, whatever state the database is in. */
export async function openTasks(db: pg.Pool, session: string): Promise<string[]> {
  const tasks = `select key, kind, class, status, attempt, failures, begun_at, last_error, claimed_by, visible_at
    from tasks where session_id = $1 order by created_at`
  const workers = `select incarnation, name, status, accepting, load, lease_until, rerun_until, stream_epoch, clock_timestamp() as now
    from workers where lease_until > clock_timestamp() - interval '1 minute'`
  try {
    const rows = [...(await db.query(tasks, [uuidOf(session)])).rows, ...(await db.query(workers)).rows]
    return rows.map((row) => JSON.stringify(row))
  } catch (error) {
    return [String(error)]
  }
}
