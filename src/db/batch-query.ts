// Several statements in one message to the server and one answer back: one write here, one there, however many they are. pg's own
// queries each end with a Sync, which costs both sides a system call; here one Sync ends them all. (Frontend/backend protocol,
// extended query: a statement that fails makes the server skip the others up to the Sync.)
import pg from 'pg'

/** One SQL statement. `name` makes it prepared once per connection: the same name always has the same text. */
export interface Statement {
  name?: string
  text: string
  values: unknown[]
}

/** What a statement answered: its rows, and its command tag without counts (`SELECT`, `COMMIT`, `ROLLBACK` …). */
export interface Answered {
  rows: Record<string, unknown>[]
  command: string
  rowCount: number
}

type Value = string | Buffer | null

/** The columns of a statement's rows. */
interface Column {
  name: string
  parse(text: string): unknown
}

/** The part of pg's connection that a query object is given; @types/pg does not describe it. */
interface Wire {
  stream: { cork(): void; uncork(): void }
  parsedStatements: Record<string, string | undefined>
  submittedNamedStatements: Record<string, string | undefined>
  parse(message: { name?: string; text: string }): void
  bind(message: { statement?: string; values: readonly Value[] }): void
  describe(message: { type: 'P'; name: string }): void
  execute(message: Record<string, never>): void
  sync(): void
}

interface Field {
  name: string
  dataTypeID: number
}

// pg's own conversion of parameters, which it exports and @types/pg leaves out.
const { prepareValue } = (pg as unknown as { utils: { prepareValue(value: unknown): Value } }).utils

/** The columns that named statements have on a connection, so that they are asked for once. */
const describedOn = new WeakMap<object, Map<string, readonly Column[]>>()

/** A query object of pg (`client.query(batch)`), for clients that do not pipeline. Answers through `callback`, once. */
export class BatchQuery {
  readonly statements: readonly Statement[]
  /** With a failure come the answers of the statements before the one that failed. pg wraps it to end its own time limit. */
  callback: (error: Error | null, answers?: Answered[]) => void
  readonly #values: Value[][]
  readonly #types: pg.CustomTypesConfig
  readonly #answers: Answered[] = []
  #described = new Map<string, readonly Column[]>()
  #columns: readonly Column[] | undefined
  #rows: Answered['rows'] = []

  constructor(statements: readonly Statement[], types: pg.CustomTypesConfig, callback: BatchQuery['callback']) {
    this.statements = statements
    this.#types = types
    this.callback = callback
    this.#values = statements.map(({ values }) => values.map(prepareValue))
  }

  /** The statement that is being answered: pg notes by it what the connection has prepared. */
  get name(): string | undefined {
    return this.statements[this.#answers.length]?.name
  }

  get text(): string {
    return this.statements[this.#answers.length]?.text ?? ''
  }

  /** Called by pg when it is this query's turn. */
  submit(connection: pg.Connection): Error | null {
    return this.#submit(connection as unknown as Wire) // what pg really hands over
  }

  #submit(connection: Wire): Error | null {
    const clash = this.statements.find(({ name, text }) => (preparedAs(connection, name) ?? text) !== text)
    if (clash) return new Error(`The prepared statement ${clash.name} has another text`)
    this.#described = describedOn.get(connection) ?? new Map()
    describedOn.set(connection, this.#described)
    connection.stream.cork()
    try {
      for (const [n, statement] of this.statements.entries()) this.#send(connection, statement, this.#values[n] ?? [])
      connection.sync()
    } finally {
      connection.stream.uncork()
    }
    return null
  }

  #send(connection: Wire, { name, text }: Statement, values: readonly Value[]): void {
    if (preparedAs(connection, name) === undefined) {
      connection.parse({ name, text })
      if (name) connection.submittedNamedStatements[name] = text
    }
    connection.bind({ statement: name, values })
    if (!name || !this.#described.has(name)) connection.describe({ type: 'P', name: '' })
    connection.execute({})
  }

  handleRowDescription({ fields }: { fields: Field[] }): void {
    this.#columns = fields.map(({ name, dataTypeID }) => ({ name, parse: this.#types.getTypeParser(dataTypeID, 'text') }))
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    const row: Record<string, unknown> = {}
    const columns = this.#columnsNow()
    for (let n = 0; n < columns.length; n += 1) {
      const column = columns[n]
      const text = fields[n]
      if (column) row[column.name] = text === null || text === undefined ? null : column.parse(text)
    }
    this.#rows.push(row)
  }

  #columnsNow(): readonly Column[] {
    const known = this.#columns ?? (this.name ? this.#described.get(this.name) : undefined)
    if (!known) throw new Error('a row of a statement whose columns are not known')
    return known
  }

  handleCommandComplete({ text }: { text: string }): void {
    const name = this.name
    if (name && !this.#described.has(name)) this.#described.set(name, this.#columns ?? [])
    const [command = '', ...counts] = text.split(' ')
    this.#answers.push({ rows: this.#rows, command, rowCount: Number(counts.at(-1) ?? 0) })
    this.#rows = []
    this.#columns = undefined
  }

  handleReadyForQuery(): void {
    this.#answer(null, this.#answers)
  }

  /** The statements after the one that failed were not looked at: what they were to prepare is not there. */
  handleError(error: Error, connection?: Wire): void {
    for (const { name } of this.statements.slice(this.#answers.length))
      if (name && connection) delete connection.submittedNamedStatements[name]
    this.#answer(error, this.#answers)
  }

  #answer(error: Error | null, answers: Answered[]): void {
    const { callback } = this
    this.callback = () => {}
    callback(error, answers)
  }
}

const preparedAs = ({ parsedStatements, submittedNamedStatements }: Wire, name: string | undefined): string | undefined =>
  name ? (parsedStatements[name] ?? submittedNamedStatements[name]) : undefined
