// The database as the driver offers it: a pool of connections, as far as the engine and Kysely use one.
import type pg from 'pg'
import { BatchQuery } from '../../../../src/db/batch-query.ts'
import type { Actor } from '../clock.ts'
import type { Connection, Query, Result } from './connection.ts'
import type { Database } from './database.ts'
import { SqlError } from './transaction.ts'

class Client {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** As pg: a query object answers through its callback. */
  query(query: Query | BatchQuery | string, values?: readonly unknown[]): Promise<Result> | BatchQuery {
    if (query instanceof BatchQuery) {
      this.#connection.queryAll(query.statements).then(
        (results) => query.callback(null, results),
        (error) => query.callback(error),
      )
      return query
    }
    return this.ask(query, values)
  }

  ask(query: Query | string, values?: readonly unknown[]): Promise<Result> {
    return this.#connection.query(typeof query === 'string' ? { text: query, values } : query)
  }

  release(): void {
    this.#connection.close()
  }
}

/** A new connection each time: nothing here depends on how many there are. */
export function poolOf(database: Database, owner: Actor): pg.Pool {
  const connect = (): Promise<Client> =>
    new Promise((resolve, reject) => {
      database.clock.after(0.1 + database.random.next() * 0.3, owner, () => {
        if (database.isUp) resolve(new Client(database.open(owner)))
        else reject(new SqlError('ECONNREFUSED', 'connect ECONNREFUSED'))
      })
    })
  const query = async (asked: Query | string, values?: readonly unknown[]): Promise<Result> => {
    const client = await connect()
    return client.ask(asked, values).finally(() => client.release())
  }
  // Only what is used is there; the rest of the driver's type nobody asks for.
  return { connect, query } as unknown as pg.Pool
}
