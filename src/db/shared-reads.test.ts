import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { emptyDatabase, type TestDatabase } from '../../test/support/cluster.ts'
import type { Statement } from './batch-query.ts'
import { SharedReads } from './shared-reads.ts'

let database: TestDatabase
let pool: pg.Pool
beforeAll(async () => {
  database = await emptyDatabase()
  pool = new pg.Pool({ connectionString: database.url, max: 3 })
  pool.on('error', () => {})
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

const number = (n: number) => ({
  name: 'number',
  text: 'select $1::int as n, pg_backend_pid() as pid, now()::text as at',
  values: [n],
})
const broken = { text: 'select 1 / $1::int as n', values: [0] }

test('what is asked at once shares a transaction, and each asker gets its own rows', async () => {
  const reads = new SharedReads(pool)
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => reads.ask<{ n: number; at: string }>(number(n))))
  expect(answers.map(([row]) => row?.n)).toEqual(Array.from({ length: 20 }, (_, n) => n))
  expect(new Set(answers.map(([row]) => row?.at)).size).toBe(1)
})

test('one that fails is the only one that hears of it', async () => {
  const reads = new SharedReads(pool)
  const [before, failed, after] = await Promise.allSettled([reads.ask(number(1)), reads.ask(broken), reads.ask(number(2))])
  expect([before, after]).toMatchObject([{ value: [{ n: 1 }] }, { value: [{ n: 2 }] }])
  expect(failed).toMatchObject({ status: 'rejected', reason: { code: '22012' } })
})

const slow = { text: 'select pg_sleep(60)', values: [] }
const hurried = async <T>(use: (reads: SharedReads) => Promise<T>): Promise<T> => {
  const own = new pg.Pool({ connectionString: database.url, max: 1, statement_timeout: 100 })
  return use(new SharedReads(own)).finally(() => own.end())
}
const askAll = (reads: SharedReads, statements: Statement[]) =>
  Promise.allSettled(statements.map((statement) => reads.ask<{ n: number; pid: number }>(statement)))
const tooLong = { status: 'rejected', reason: { code: '57014' } }

test('one that takes too long is the only one that hears of it, and the connection stays', async () => {
  const [before, failed, ...after] = await hurried((reads) => askAll(reads, [number(1), slow, number(2), number(3)]))
  expect(failed).toMatchObject(tooLong)
  expect([before, ...after]).toMatchObject([1, 2, 3].map((n) => ({ value: [{ n }] })))
  const pids = [before, ...after].map((answer) => answer?.status === 'fulfilled' && answer.value.map((row) => row.pid)[0])
  expect(new Set(pids).size).toBe(1)
})

test('when a second one takes too long, all that are left are told at once', async () => {
  const answers = await hurried((reads) => askAll(reads, [number(1), slow, number(2), slow, slow, number(3)]))
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'rejected', 'rejected'])
  expect(answers.at(-1)).toMatchObject(tooLong)
})

test('several that fail for reasons of their own each hear of theirs, and the others have their rows', async () => {
  const reads = new SharedReads(pool)
  const circle: { of?: object } = {}
  circle.of = circle
  const noValue = { ...number(0), values: [circle] }
  const answers = await askAll(reads, [broken, number(1), broken, noValue, number(2)])
  expect(answers).toMatchObject([
    { reason: { code: '22012' } },
    { value: [{ n: 1 }] },
    { reason: { code: '22012' } },
    { reason: expect.any(TypeError) },
    { value: [{ n: 2 }] },
  ])
})

test('a connection that breaks fails those who shared it, and the next ones get a new one', async () => {
  const reads = new SharedReads(pool)
  const lost = reads.ask({ text: 'select pg_terminate_backend(pg_backend_pid())', values: [] })
  await expect(lost).rejects.toThrow()
  expect(await reads.ask(number(3))).toMatchObject([{ n: 3 }])
})

test('a long answer does not hold up what is asked later', async () => {
  const reads = new SharedReads(pool)
  const holder = await pool.connect()
  await holder.query('select pg_advisory_lock(7)')
  const long = reads.ask({ text: 'select pg_advisory_lock_shared(7)', values: [] })
  await new Promise((resolve) => setImmediate(resolve))
  expect(await reads.ask(number(4))).toMatchObject([{ n: 4 }])
  await holder.query('select pg_advisory_unlock(7)')
  holder.release()
  await long
})
