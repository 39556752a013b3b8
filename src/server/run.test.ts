import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { freshDatabase, type TestDatabase } from '../../test/support/cluster.ts'
import { anonymousUserId, defaultOrgId } from '../contract/ids.ts'
import type { AnyOperation } from '../contract/operation.ts'
import { Problem } from '../contract/problem.ts'
import { connect, type Db } from '../db/connect.ts'
import { type Ctx, operation } from '../resources/context.ts'
import { type CtxParts, run } from './run.ts'

let database: TestDatabase
let db: Db
let logged: { err: { message: string }; request_id: string }[]

beforeAll(async () => {
  database = await freshDatabase()
  db = connect({ url: database.url })
})
afterAll(async () => {
  await db.close()
  await database.drop()
})

const common = { tag: 't', summary: 'T.', needs: 't.manage', input: z.object({}), output: z.any() } as const

/** Runs as somebody who may do what is listed. */
function asked(one: AnyOperation<Ctx>, may: string[] = ['t.manage'], input: Record<string, unknown> = {}) {
  logged = []
  const log = pino({ serializers: { err: pino.stdSerializers.err } }, { write: (line: string) => logged.push(JSON.parse(line)) })
  const caller = { userId: anonymousUserId, orgId: defaultOrgId, may: (permission: string) => may.includes(permission) }
  const call = { caller, orgId: defaultOrgId, requestId: 'r1', signal: new AbortController().signal, input }
  // The operations of this file use nothing else of a context.
  return run({ db, log } as unknown as CtxParts, one, call, { checkOutput: true })
}

const insert = (ctx: Ctx) => ctx.tx.insertInto('contents').values({ org_id: ctx.orgId, hash: 'h', body: '1' }).execute()

test('without the permission nothing runs', async () => {
  const never = operation({ ...common, name: 'never', class: 'write', run: insert })
  await expect(asked(never, ['t.view'])).rejects.toMatchObject({ kind: 'forbidden' })
  expect(await db.engine.selectFrom('contents').selectAll().execute()).toEqual([])
})

test('what a failing operation wrote is not there', async () => {
  const failing = operation({
    ...common,
    name: 'failing',
    class: 'write',
    async run(ctx) {
      await insert(ctx)
      throw new Problem('conflict', 'No')
    },
  })
  await expect(asked(failing)).rejects.toMatchObject({ kind: 'conflict' })
  expect(await db.engine.selectFrom('contents').selectAll().execute()).toEqual([])
})

test('a read cannot write, and its accident is logged once and hidden', async () => {
  const writing = operation({ ...common, name: 'writing', class: 'read', run: insert })
  await expect(asked(writing)).rejects.toMatchObject({ kind: 'internal_error', message: 'Something went wrong on our side' })
  expect(logged).toHaveLength(1)
  expect(logged[0]).toMatchObject({ request_id: 'r1', err: { message: expect.stringContaining('read-only') } })
})

test('an operation with transactions of its own is given none', async () => {
  const own = operation({
    ...common,
    name: 'own',
    class: 'write',
    ownTransactions: true,
    run: async (ctx) => Object.keys({ ...ctx }),
  })
  expect((await asked(own)).value).not.toContain('tx')
  const greedy = operation({ ...common, name: 'greedy', class: 'write', ownTransactions: true, run: insert })
  await expect(asked(greedy)).rejects.toMatchObject({ kind: 'internal_error' })
})

test('of a union the branch that was meant is explained', async () => {
  const input = z.object({ part: z.union([z.object({ kind: z.literal('a'), n: z.number() }), z.string()]) })
  const choosy = operation({ ...common, name: 'choosy', class: 'read', input, run: async () => null })
  await expect(asked(choosy, undefined, { part: { kind: 'a', n: 'x' } })).rejects.toThrow(/^part\.n: /)
  await expect(asked(choosy)).rejects.toMatchObject({
    kind: 'bad_request',
    code: 'validation_failed',
    message: 'part is required',
  })
})

test('an operation that finds the database away outside its transaction says so, and that is no accident', async () => {
  const away = connect({ url: 'postgres://x@localhost/x?host=/nowhere/at/all' })
  const figures = operation({
    ...common,
    name: 'figures',
    class: 'read',
    ownTransactions: true,
    run: () => away.engine.selectFrom('workers').select('name').execute(),
  })
  await expect(asked(figures)).rejects.toMatchObject({ kind: 'unavailable', retryAfterSeconds: 1 })
  expect(logged).toEqual([])
  await away.close()
})
