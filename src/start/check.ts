// `everruns check`: reads the database, changes nothing, and says of each promise whether the rows keep it.

import { access } from 'node:fs/promises'
import pg from 'pg'
import type { Logger } from 'pino'
import { refuseUnmigrated, sayUnreachable } from '../db/migrate.ts'
import { enginePromises, type RowPromise } from '../durable/index.ts'
import { logPromises } from '../resources/events/promises.ts'
import { databaseFolder, withDatabase } from './installation.ts'
import type { Settings } from './settings.ts'

export interface Verdict {
  says: string
  /** What breaks it, at most so many of them. */
  breaches: string[]
  count: number
}

const shownMost = 5

/** Every promise in one snapshot. The connection may see all rows, or takes the engine's role, which does. */
export async function checkDatabase(pool: pg.Pool): Promise<Verdict[]> {
  const client = await pool.connect()
  try {
    await client.query('set role everruns_engine').catch(() => {})
    return await verdicts(client)
  } finally {
    // Not to be used again in this role.
    client.release(true)
  }
}

async function verdicts(client: pg.ClientBase): Promise<Verdict[]> {
  await client.query('begin transaction isolation level repeatable read read only')
  try {
    const found: Verdict[] = []
    for (const promise of [...enginePromises, ...logPromises]) found.push(await verdictOn(client, promise))
    return found
  } finally {
    await client.query('rollback')
  }
}

async function verdictOn(client: pg.ClientBase, { says, text }: RowPromise): Promise<Verdict> {
  const counted = `select breach, (count(*) over ())::int as count from (${text}) broken order by breach limit ${shownMost}`
  const { rows } = await client.query<{ breach: string; count: number }>(counted)
  return { says, breaches: rows.map(({ breach }) => breach), count: rows[0]?.count ?? 0 }
}

const lineOf = ({ says, breaches, count }: Verdict): string => {
  if (count === 0) return `kept    ${says}\n`
  const more = count > breaches.length ? [`and ${count - breaches.length} more`] : []
  return [`BROKEN  ${says}`, ...breaches, ...more].join('\n          ').concat('\n')
}

/** Who mistyped a path, or forgot to mount it, must not hear that a new database keeps every promise. */
async function refuseAbsent(settings: Settings): Promise<void> {
  const folder = databaseFolder(settings)
  if (folder === null) return
  await access(folder).catch(() => {
    throw new Error(`There is no database in ${folder}: set EVERRUNS_HOME, or DATABASE_URL for another server.`)
  })
}

/** Throws a sentence where a promise is broken, or where there is nothing to check. */
export async function run(given: Settings, log: Logger): Promise<void> {
  await refuseAbsent(given)
  const { settings, stop } = await withDatabase(given, log)
  const pool = new pg.Pool({ connectionString: settings.DATABASE_UNPOOLED_URL ?? settings.DATABASE_URL, max: 1 })
  try {
    const client = await pool.connect().catch(sayUnreachable)
    client.release()
    await refuseUnmigrated(pool)
    const all = await checkDatabase(pool)
    process.stdout.write(all.map(lineOf).join(''))
    const broken = all.filter(({ count }) => count > 0).length
    if (broken > 0) throw new Error(`${broken} of ${all.length} promises are broken.`)
  } finally {
    await pool.end()
    await stop()
  }
}
