import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { expect, test } from 'vitest'
import { catalogueFacts } from '../../test/support/catalogue-facts.ts'
import { emptyDatabase, freshDatabase } from '../../test/support/cluster.ts'

const fileOf = (path: string) => readFile(new URL(path, import.meta.url), 'utf8')

async function query<R extends pg.QueryResultRow>(url: string, sql: string): Promise<R[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<R>(sql)
  await client.end()
  return rows
}

test('schema.sql is what the migrations build', async () => {
  const [migrated, written] = await Promise.all([freshDatabase(), emptyDatabase()])
  await query(written.url, await fileOf('../../schema.sql'))
  expect(await catalogueFacts(written.url)).toEqual(await catalogueFacts(migrated.url))
  await Promise.all([migrated.drop(), written.drop()])
})

/** Interfaces of a source file: name → its own lines `column: Type`, those of what it extends included. */
function interfacesOf(source: string): Map<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>()
  for (const [, name, parent, body] of source.matchAll(/interface (\w+)(?: extends (\w+))? \{\n(.*?)\n\}/gs)) {
    const own = [...(body ?? '').matchAll(/^ {2}(\w+): (.+)$/gm)].map(([, column, type]) => [column ?? '', type ?? ''] as const)
    found.set(name ?? '', new Map([...(found.get(parent ?? '') ?? []), ...own]))
  }
  return found
}

/** `table.column kind null? default?` of what Kysely is told. */
async function told(): Promise<string[]> {
  const [index, engine, resources] = await Promise.all(
    ['schema', 'schema-engine', 'schema-resources'].map((name) => fileOf(`./${name}.ts`)),
  )
  const interfaces = interfacesOf(`${engine}\n${resources}`)
  const tables = interfacesOf(index ?? '').get('Database') ?? new Map()
  return [...tables].flatMap(([table, shape]) =>
    [...(interfaces.get(shape) ?? [])].map(([column, type]) => {
      const kind = type.startsWith('Json') ? 'json' : type.startsWith('Time') ? 'time' : 'plain'
      const optional = /^OrNull|OrNull$/.test(type) ? ' null' : /Generated|Defaulted|\| undefined/.test(type) ? ' default' : ''
      return `${table}.${column} ${kind}${optional}`
    }),
  )
}

const built = `
  select table_name || '.' || column_name
    || case data_type when 'json' then ' json' when 'timestamp with time zone' then ' time' else ' plain' end
    || case when is_nullable = 'YES' then ' null' when column_default is not null then ' default' else '' end as line
  from information_schema.columns join information_schema.tables using (table_schema, table_name)
  where table_schema = 'public' and table_type = 'BASE TABLE' and table_name <> 'schema_migrations'`

test("Kysely's tables are the tables there are", async () => {
  const database = await freshDatabase()
  const rows = await query<{ line: string }>(database.url, built)
  await database.drop()
  expect((await told()).sort()).toEqual(rows.map(({ line }) => line).sort())
})
