// What the lists of the admin API have in common: plain UUIDs, `{data, total}`, and a total that is not counted for ever.
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { z } from 'zod'
import type { Database } from '../../db/schema.ts'

export const uuid = z.guid()
export const count = z.number().int()

/** `{data, total}`, named as in the contract. */
export const totalled = <T extends z.ZodType>(item: T, name: string) =>
  z.object({ data: z.array(item), total: count }).meta({ id: name })

type Condition = RawBuilder<unknown>

/** Those conditions whose value was given, and the one that always holds. */
export const conditions = (always: Condition, given: [value: unknown, condition: Condition][]): Condition =>
  sql.join([always, ...given.flatMap(([value, condition]) => (value == null ? [] : [condition]))], sql` and `)

/** A larger total is shown as this: nobody pages that far, and counting a large table takes as long as reading it. */
const countedMax = 10_000

/** `from`: everything after the columns, without order. */
export async function pageOf<Row>(
  tx: Kysely<Database>,
  columns: Condition,
  from: Condition,
  order: Condition,
  { offset, limit }: { offset: number; limit: number },
): Promise<{ rows: Row[]; total: number }> {
  const counted = await sql<{ n: number }>`select count(*) as n from (select ${from} limit ${countedMax}) c`.execute(tx)
  const { rows } = await sql<Row>`select ${columns} ${from} order by ${order} limit ${limit} offset ${offset}`.execute(tx)
  return { rows, total: counted.rows[0]?.n ?? 0 }
}
