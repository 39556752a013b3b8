// The two doors to PostgreSQL: one transaction of one organisation for requests, and the engine's own connections.
import { Kysely, PostgresDialect, type Transaction } from 'kysely'
import type pg from 'pg'
import type { Uuid } from '../contract/ids.ts'
import { orgTransactions } from './org-transaction.ts'
import { openPool, stayInRole, tryRole } from './pools.ts'
import { readingOver } from './reading.ts'
import type { Database } from './schema.ts'
import { SharedReads } from './shared-reads.ts'

/** The two doors to PostgreSQL. */
export interface Db {
  /**
   * Runs `work` in one transaction as everruns_app, bound to one organisation in the same round trip as BEGIN. Retries nothing.
   * A database that is away, full or gave the lock to another answers Problem `unavailable`.
   */
  asOrg<T>(orgId: Uuid, mode: 'read' | 'write', work: (tx: Transaction<Database>) => Promise<T>): Promise<T>
  /** Connections of the engine (role everruns_engine), for its own statements: prepared, by index, planned once. For durable/. */
  enginePool: pg.Pool
  /** The same role through Kysely, for whatever is not hot: seeds, duties, what the admin API shows. */
  engine: Kysely<Database>
  /** The same role for quick reads outside a transaction: those that are asked at once share a round trip. Every statement names its organisation. */
  reads: Kysely<Database>
  /** How much the pools are used just now. */
  pools(): PoolUse[]
  close(): Promise<void>
}

export interface PoolUse {
  pool: 'requests' | 'engine' | 'reads'
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
  /** Most connections for the engine's own statements; 8 unless said. */
  engineMax?: number
  /** Most connections for reads, duties and the admin API; 4 unless said. */
  readsMax?: number
  /** Told once what an operator should know. */
  warn?(sentence: string): void
}

const poolMax = 8
const readsMax = 4

/**
 * A prepared statement keeps the plan of its first executions: made when a table was small, it would read the whole table at every
 * step until the next ANALYZE. The engine only ever looks rows up, so it never wants that (and the price such a plan is given would
 * start the JIT compiler).
 */
const byIndex = ['enable_seqscan = off', 'jit = off']
/**
 * Arrays as parameters make the planner think anew each time, at twice the price of the statement: the engine's own are planned once. A
 * plan that must do for any array expects many rows, and would read every ready task to join it with sixteen; so it may only look up.
 */
const plannedOnce = ['plan_cache_mode = force_generic_plan', 'enable_hashjoin = off', 'enable_mergejoin = off']

/** A look by key that takes this long has met a lock or a connection whose other end is gone: the batch is better run again. */
const quickMs = 8_000

/** Opens nothing by itself: the first statement does. */
export function connect(options: ConnectOptions): Db {
  const warn = options.warn ?? (() => {})
  const warnOfRoles = once(() =>
    warn('The database gives us no roles of our own: row-level security does not stand behind the queries.'),
  )
  const unpooledUrl = options.unpooledUrl ?? options.url
  const silence = { url: unpooledUrl }
  const withoutRole = new WeakSet<pg.ClientBase>()
  const lacksRole = (client: pg.ClientBase) => {
    withoutRole.add(client)
    warnOfRoles()
  }
  const appPool = openPool({
    url: options.url,
    max: options.max ?? poolMax,
    name: 'everruns',
    silence: unpooledUrl === options.url ? silence : undefined,
    prepare: tryRole('everruns_app', lacksRole),
    warn,
  })
  const enginePool = openPool({
    url: unpooledUrl,
    max: options.engineMax ?? poolMax,
    name: 'everruns engine',
    silence,
    planner: [...byIndex, ...plannedOnce],
    statementMs: quickMs,
    prepare: stayInRole('everruns_engine', warnOfRoles),
    warn,
  })
  const readsPool = openPool({
    url: unpooledUrl,
    max: options.readsMax ?? readsMax,
    name: 'everruns reads',
    silence,
    planner: byIndex,
    prepare: stayInRole('everruns_engine', warnOfRoles),
    warn,
  })
  return {
    asOrg: orgTransactions(appPool, (client) => !withoutRole.has(client)),
    enginePool,
    engine: new Kysely<Database>({ dialect: new PostgresDialect({ pool: readsPool }) }),
    reads: readingOver(new SharedReads(readsPool)),
    pools: () => [useOf('requests', appPool), useOf('engine', enginePool), useOf('reads', readsPool)],
    close: once(async () => {
      await Promise.all([appPool.end(), enginePool.end(), readsPool.end()])
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
