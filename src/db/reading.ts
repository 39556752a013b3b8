// Kysely over shared round trips: for statements that only read, outside a transaction.
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely'
import { nameOf } from './prepared.ts'
import type { Database } from './schema.ts'
import type { SharedReads } from './shared-reads.ts'

/** Its statements share round trips (shared-reads.ts); transactions and streams are refused. */
export const readingOver = (reads: SharedReads): Kysely<Database> =>
  new Kysely<Database>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => driverOver(connectionOver(reads)),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  })

const connectionOver = (reads: SharedReads): DatabaseConnection => ({
  async executeQuery<R>({ sql: text, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    return { rows: await reads.ask<R>({ name: nameOf(text), text, values: [...parameters] }) }
  },
  // biome-ignore lint/correctness/useYield: refusing is all it does
  async *streamQuery() {
    throw new Error('Rows are not streamed over shared reads.')
  },
})

const refuse = async (): Promise<never> => {
  throw new Error('Shared reads have no transactions.')
}

const driverOver = (connection: DatabaseConnection): Driver => ({
  init: async () => {},
  acquireConnection: async () => connection,
  releaseConnection: async () => {},
  beginTransaction: refuse,
  commitTransaction: refuse,
  rollbackTransaction: refuse,
  destroy: async () => {},
})
