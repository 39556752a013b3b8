// The two doors to PostgreSQL: one transaction of one organisation for requests, and the engine's own connections.
import { Kysely, PostgresDialect, type Transaction } from 'kysely'
import type pg from 'pg'
import type { Uuid } from '../contract/ids.ts'
import { orgTransactions } from './org-transaction.ts'
import { openPool, stayInRole, tryRole } from './pools.ts'
import type { Database } from './schema.ts'

/** The two doors to PostgreSQL. */
export interface Db {
  /**
   * Runs `work` in one transaction as everruns_app, bound to one organisation in the same round trip as BEGIN. Retries nothing.
   * A database that is away, full or gave the lock to another answers Problem `unavailable`.
   */
  asOrg<T>(orgId: Uuid, mode: 'read' | 'write', work: (tx: Transaction<Database>) => Promise<T>): Promise<T>
  /** Connections of the engine (role everruns_engine). For durable/, the turn's doors, seeds and upkeep. */
  enginePool: pg.Pool
  /** The same connections through Kysely, for statements that are not hot. */
  engine: Kysely<Database>
  /** How much the pools are used just now. */
  pools(): PoolUse[]
  close(): Promise<void>
}

export interface PoolUse {
  pool: 'requests' | 'engine'
  size: number
  max: number
  idle: number
  waiting: number
}

export interface ConnectOptions {
  /** `postgres://…`, or `postgres:///name?host=/folder/of/the/socket`. */
  url: string
  /** For connections with a state of their own (the engine's role, prepared statements), past a pooler. */
  unpooledUrl?: string
  /** Most connections for requests; 8 unless said. */
  max?: number
  /** Most connections for the engine; 8 unless said. */
  engineMax?: number
  /** Told once what an operator should know. */
  warn?(sentence: string): void
}

const poolMax = 8

/**
 * A prepared statement keeps the plan of its first executions: made when a table was small, it would read the whole table at every
 * step until the next ANALYZE. The engine only ever looks rows up, so it never wants that (and the price such a plan is given would
 * start the JIT compiler).
 */
const byIndex = ['enable_seqscan = off', 'jit = off']

/** Opens nothing by itself: the first statement does. */
export function connect(options: ConnectOptions): Db {
  const warn = options.warn ?? (() => {})
  const warnOfRoles = once(() =>
    warn('The database gives us no roles of our own: row-level security does not stand behind the queries.'),
  )
  const withoutRole = new WeakSet<pg.ClientBase>()
  const lacksRole = (client: pg.ClientBase) => {
    withoutRole.add(client)
    warnOfRoles()
  }
  const appPool = openPool({
    url: options.url,
    max: options.max ?? poolMax,
    name: 'everruns',
    prepare: tryRole('everruns_app', lacksRole),
    warn,
  })
  const enginePool = openPool({
    url: options.unpooledUrl ?? options.url,
    max: options.engineMax ?? poolMax,
    name: 'everruns engine',
    planner: byIndex,
    prepare: stayInRole('everruns_engine', warnOfRoles),
    warn,
  })
  const engine = new Kysely<Database>({ dialect: new PostgresDialect({ pool: enginePool }) })
  return {
    asOrg: orgTransactions(appPool, (client) => !withoutRole.has(client)),
    enginePool,
    engine,
    pools: () => [useOf('requests', appPool), useOf('engine', enginePool)],
    close: once(async () => {
      await Promise.all([appPool.end(), enginePool.end()])
    }),
  }
}

const useOf = (pool: PoolUse['pool'], { totalCount, idleCount, waitingCount, options }: pg.Pool): PoolUse => ({
  pool,
  size: totalCount,
  max: options.max,
  idle: idleCount,
  waiting: waitingCount,
})

/** The same answer however often it is asked. */
function once<T>(work: () => T): () => T {
  let done: { value: T } | undefined
  return () => {
    done ??= { value: work() }
    return done.value
  }
}
