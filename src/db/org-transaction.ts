// One transaction in the name of one organisation: the role and the organisation are set in the round trip of BEGIN and of the first
// statement, so that no statement can run outside the wall of row-level security, and none waits for it to be put up.
import {
  type CompiledQuery,
  type DatabaseConnection,
  DefaultQueryExecutor,
  PostgresAdapter,
  PostgresDialect,
  PostgresQueryCompiler,
  type QueryResult,
  SingleConnectionProvider,
  Transaction,
} from 'kysely'
import type pg from 'pg'
import { failpoint } from '../contract/failpoint.ts'
import type { Uuid } from '../contract/ids.ts'
import type { Statement } from './batch-query.ts'
import { asAnswer, isStuck } from './outage.ts'
import { nameOf } from './prepared.ts'
import { runBatch } from './round-trip.ts'
import type { Database } from './schema.ts'

const beginnings = {
  read: { name: 'begin_read', text: 'begin read only', values: [] },
  write: { name: 'begin', text: 'begin', values: [] },
} satisfies Record<string, Statement>
const commit: Statement = { name: 'commit', text: 'commit', values: [] }

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

function enter(orgId: Uuid, role: boolean): Statement {
  if (!uuidPattern.test(orgId)) throw new Error('An organisation id must be a lowercase UUID.')
  const organisation = "set_config('app.org_id', $1, true)"
  return role
    ? { name: 'enter_org_as_app', text: `select set_config('role', 'everruns_app', true), ${organisation}`, values: [orgId] }
    : { name: 'enter_org', text: `select ${organisation}`, values: [orgId] }
}

/** The client as Kysely sees a connection. The first statement brings the transaction's beginning with it. */
class OrgConnection implements DatabaseConnection {
  readonly #client: pg.ClientBase
  #beginning: Statement[]

  constructor(client: pg.ClientBase, beginning: Statement[]) {
    this.#client = client
    this.#beginning = beginning
  }

  /** False until a statement was asked for. */
  get hasBegun(): boolean {
    return this.#beginning.length === 0
  }

  async executeQuery<R>({ sql: text, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const beginning = this.#beginning
    this.#beginning = []
    const answers = await runBatch(this.#client, [...beginning, { name: nameOf(text), text, values: [...parameters] }])
    const last = answers.at(-1)
    // The compiled query carries the type of its rows.
    return { rows: (last?.rows ?? []) as R[], numAffectedRows: BigInt(last?.rowCount ?? 0) }
  }

  // biome-ignore lint/correctness/useYield: refusing is all it does
  async *streamQuery() {
    throw new Error('Rows are not streamed inside an organisation transaction.')
  }
}

/** A Kysely transaction over a client on which one is already open. */
function transactionOver(connection: DatabaseConnection, dialect: PostgresDialect): Transaction<Database> {
  return new Transaction<Database>({
    config: { dialect },
    dialect,
    driver: dialect.createDriver(),
    executor: new DefaultQueryExecutor(
      new PostgresQueryCompiler(),
      new PostgresAdapter(),
      new SingleConnectionProvider(connection),
    ),
  })
}

async function commitWrites(client: pg.PoolClient): Promise<void> {
  await failpoint('request.before_commit')
  const [answer] = await runBatch(client, [commit])
  // PostgreSQL answers ROLLBACK where a statement had failed and somebody swallowed its error.
  if (answer?.command !== 'COMMIT') throw new Error('The transaction had already failed and was rolled back.')
  await failpoint('request.after_commit')
}

/** What was read is known: nobody waits for the end of the transaction. */
function endReading(client: pg.PoolClient): void {
  runBatch(client, [commit]).then(
    () => client.release(),
    () => client.release(true),
  )
}

/** Ends the transaction without its changes; a connection that cannot even do that is thrown away. */
async function rollBack(client: pg.PoolClient, because: unknown): Promise<void> {
  if (isStuck(because)) return client.release(true)
  try {
    await client.query('rollback')
    client.release()
  } catch {
    client.release(true)
  }
}

/** What `Db.asOrg` does, over a pool; `canTakeRole` knows of a connection whether it may become everruns_app. */
export function orgTransactions(pool: pg.Pool, canTakeRole: (client: pg.ClientBase) => boolean) {
  const dialect = new PostgresDialect({ pool })
  return async <T>(orgId: Uuid, mode: 'read' | 'write', work: (tx: Transaction<Database>) => Promise<T>): Promise<T> => {
    const client = await pool.connect().catch((error: unknown) => {
      throw asAnswer(error)
    })
    try {
      const connection = new OrgConnection(client, [beginnings[mode], enter(orgId, canTakeRole(client))])
      const result = await work(transactionOver(connection, dialect))
      if (connection.hasBegun && mode === 'read') endReading(client)
      else {
        if (connection.hasBegun) await commitWrites(client)
        client.release()
      }
      return result
    } catch (error) {
      await rollBack(client, error)
      throw asAnswer(error)
    }
  }
}
