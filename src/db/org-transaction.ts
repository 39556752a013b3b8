// One transaction in the name of one organisation: the role and the organisation are set in the round trip of BEGIN, so that
// no statement can run outside the wall of row-level security.
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
import type { Uuid } from '../contract/ids.ts'
import { asAnswer, isStuck } from './outage.ts'
import type { Database } from './schema.ts'

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The statements that begin the transaction. The id is checked because a simple-protocol batch takes no parameters. */
function beginning(orgId: Uuid, mode: 'read' | 'write', role: boolean): string {
  if (!uuidPattern.test(orgId)) throw new Error('An organisation id must be a lowercase UUID.')
  const begin = mode === 'read' ? 'begin read only' : 'begin'
  return `${begin}; ${role ? 'set local role everruns_app; ' : ''}set local app.org_id = '${orgId}'`
}

/** The client as Kysely sees a connection. */
const connectionOver = (client: pg.ClientBase): DatabaseConnection => ({
  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, rowCount } = await client.query({ text: query.sql, values: [...query.parameters] })
    return { rows, numAffectedRows: BigInt(rowCount ?? 0) }
  },
  // biome-ignore lint/correctness/useYield: refusing is all it does
  async *streamQuery() {
    throw new Error('Rows are not streamed inside an organisation transaction.')
  },
})

/** A Kysely transaction over a client on which one is already open. */
function transactionOver(client: pg.PoolClient, dialect: PostgresDialect): Transaction<Database> {
  return new Transaction<Database>({
    config: { dialect },
    dialect,
    driver: dialect.createDriver(),
    executor: new DefaultQueryExecutor(
      new PostgresQueryCompiler(),
      new PostgresAdapter(),
      new SingleConnectionProvider(connectionOver(client)),
    ),
  })
}

async function commit(client: pg.PoolClient): Promise<void> {
  const { command } = await client.query('commit')
  // PostgreSQL answers ROLLBACK where a statement had failed and somebody swallowed its error.
  if (command !== 'COMMIT') throw new Error('The transaction had already failed and was rolled back.')
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
      await client.query(beginning(orgId, mode, canTakeRole(client)))
      const result = await work(transactionOver(client, dialect))
      await commit(client)
      client.release()
      return result
    } catch (error) {
      await rollBack(client, error)
      throw asAnswer(error)
    }
  }
}
