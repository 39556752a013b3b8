// What a PostgreSQL must be for our promises to hold, looked at once before anything is written to it.
import type pg from 'pg'

interface Server {
  version: number
  versionName: string
  isStandby: boolean
  commits: string
  fsync: string
}

const oldest = 150_000

/**
 * Throws where the server is too old or takes no writes. `warn` is told of settings under which it may forget what it has committed: they
 * are the operator's choice, and everything else works.
 */
export async function refuseUnfitServer(client: pg.ClientBase, warn: (sentence: string) => void): Promise<void> {
  const { rows } = await client.query<Server>(
    `select current_setting('server_version_num')::int as version, current_setting('server_version') as "versionName",
       pg_is_in_recovery() or current_setting('transaction_read_only')::bool as "isStandby",
       current_setting('synchronous_commit') as commits, current_setting('fsync') as fsync`,
  )
  const [server] = rows
  if (server) judge(server, warn)
}

/** The same for what a server said of itself. */
export function judge({ version, versionName, isStandby, commits, fsync }: Server, warn: (sentence: string) => void): void {
  if (version < oldest) throw new Error(`This database is PostgreSQL ${versionName}; Everruns needs 15 or newer.`)
  if (isStandby) throw new Error('This database only lets itself be read (a standby?): DATABASE_URL must name the primary.')
  const lose = 'what was answered as stored is lost if the database server stops hard'
  if (commits === 'off') warn(`This database has synchronous_commit = off: ${lose}.`)
  if (fsync === 'off') warn(`This database has fsync = off: ${lose}.`)
}
