// The connection pools: what every connection is set to, and which role it may take. No error of a connection leaves here
// except through the statement that met it.
import pg from 'pg'
import { type SilenceOptions, watchForSilence } from './silence.ts'
import { types } from './types.ts'

export type Role = 'everruns_app' | 'everruns_engine'

const missingRole = new Set(['42704', '22023', '42501'])

/** Takes the role for this connection; false where the server has no such role or does not let us. */
async function takeRole(client: pg.ClientBase, role: Role): Promise<boolean> {
  try {
    await client.query(`set role ${role}`)
    return true
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code && missingRole.has(error.code)) return false
    throw error
  }
}

export interface PoolOptions {
  url: string
  max: number
  name: string
  /** Planner settings of every connection: `name = value`. */
  planner?: readonly string[]
  /** How long a statement may take, by the server's clock; 30 s unless said. */
  statementMs?: number
  /** How a connection is noticed whose other end is gone; without it, by the time a statement may take. */
  silence?: SilenceOptions | undefined
  /** Asked of every new connection before its first use. */
  prepare(client: pg.ClientBase): Promise<void>
  warn(sentence: string): void
}

const usualStatementMs = 30_000
// A transaction that waits for its own process longer than this is stuck, and holds locks others wait for.
const idleInTransactionMs = 5_000
/** A look is newer than the lock before it only where each statement sees what was committed before it (durable/README, rule 1). */
const newLooks = "default_transaction_isolation = 'read committed'"
/** The server in turn notices within about ten seconds that we are gone. Where there is no TCP it ignores them. */
const keepAlive = [
  'tcp_keepalives_idle = 5',
  'tcp_keepalives_interval = 2',
  'tcp_keepalives_count = 3',
  'tcp_user_timeout = 10000',
]
// Longer than the server's own limit: only a connection whose other end is gone gets there.
const readTimeoutMs = (statementMs: number): number => statementMs * 1.25

/** A pool of prepared connections. A connection that breaks while nobody uses it is replaced with a warning. */
export function openPool(options: PoolOptions): pg.Pool {
  const { statementMs = usualStatementMs } = options
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.name,
    max: options.max,
    types,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    query_timeout: readTimeoutMs(statementMs),
    onConnect: async (client) => {
      watch?.follow(client)
      const limits = [`statement_timeout = ${statementMs}`, `idle_in_transaction_session_timeout = ${idleInTransactionMs}`]
      await client.query(
        [newLooks, ...limits, ...keepAlive, ...(options.planner ?? [])].map((setting) => `set ${setting}`).join('; '),
      )
      await options.prepare(client)
    },
  })
  const watch = options.silence && watchForSilence(pool, options.silence)
  pool.on('error', (error) => options.warn(`A database connection was lost: ${error.message}`))
  // Without a listener a connection that breaks in use would end the process; its statement reports the loss.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** Leaves the connection in the role. `missing` is told where the server does not give it. */
export const stayInRole =
  (role: Role, missing: () => void) =>
  async (client: pg.ClientBase): Promise<void> => {
    if (!(await takeRole(client, role))) missing()
  }

/** Remembers of each connection whether it could take the role, and leaves it in its own. */
export const tryRole =
  (role: Role, missing: (client: pg.ClientBase) => void) =>
  async (client: pg.ClientBase): Promise<void> => {
    if (await takeRole(client, role)) await client.query('reset role')
    else missing(client)
  }
