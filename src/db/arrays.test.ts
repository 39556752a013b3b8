import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { emptyDatabase, type TestDatabase } from '../../test/support/cluster.ts'
import { booleans, floats, ints, texts, times, uuids } from './arrays.ts'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await emptyDatabase()
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

/** What the server makes of the parameter. */
const there = async (type: string, value: Buffer): Promise<unknown> =>
  (await client.query(`select $1::${type}[] as list`, [value])).rows[0]?.list

const lists = <T>(item: fc.Arbitrary<T>) => fc.array(fc.option(item), { maxLength: 20 })
const storable = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'))

test.each([
  ['text', texts, lists(storable)],
  ['uuid', uuids, lists(fc.uuid())],
  ['int4', ints, lists(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }))],
  ['float8', floats, lists(fc.double({ noNaN: true, noDefaultInfinity: true }))],
  ['bool', booleans, lists(fc.boolean())],
] as const)('an array of %s arrives as it was given, nulls and all', async (type, make, values) => {
  // Each row pairs a maker with values of its own type; the table's type cannot say so.
  const encode = make as (list: readonly unknown[]) => Buffer
  await fc.assert(
    fc.asyncProperty(values as fc.Arbitrary<unknown[]>, async (list) => {
      expect(await there(type, encode(list))).toEqual(list.map((value) => (Object.is(value, -0) ? expect.closeTo(0) : value)))
    }),
    { numRuns: 60 },
  )
})

test('an id without dashes is the same id', async () => {
  const id = '0198f3a0-7c1e-7abc-8def-0123456789AB'
  expect(await there('uuid', uuids([id, id.replaceAll('-', '')]))).toEqual([id.toLowerCase(), id.toLowerCase()])
})

test('times arrive to the millisecond', async () => {
  const given = [0, Date.UTC(2000, 0, 1), Date.UTC(2026, 10, 22, 5, 12, 3, 914), null]
  expect(await there('timestamptz', times(given))).toEqual(given.map((ms) => (ms === null ? null : new Date(ms))))
})
