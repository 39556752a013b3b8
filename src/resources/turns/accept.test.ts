// How much a message's transaction reads where there are many sessions: as much as where there is one.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OperationHouse, operationHouse } from '../../../test/support/operations.ts'
import { defaultOrgId, fromWire, type Uuid } from '../../contract/ids.ts'
import { createSession } from '../sessions/create.ts'
import { acceptItem } from './accept.ts'

let house: OperationHouse
beforeAll(async () => {
  house = await operationHouse()
})
afterAll(() => house.close())

/** Pages of 8 KB that the statements met which are asked with a message. */
async function pagesMet(sessionId: Uuid): Promise<number> {
  const content = { content: [{ type: 'text' as const, text: 'hello' }] }
  const { looks = [] } = acceptItem(defaultOrgId, sessionId, content, { toolResultTimeoutMs: 0, configs: { prepare: () => {} } })
  let pages = 0
  for (const { text, values } of looks) {
    const { rows } = await house.db.enginePool.query(`explain (analyze, buffers, format json) ${text}`, values)
    const plan = rows[0]['QUERY PLAN'][0].Plan
    expect(plan['Actual Rows']).toBe(1)
    pages += plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
  }
  return pages
}

const addSessions = (like: Uuid, count: number) =>
  house.db.enginePool.query(
    `insert into sessions select (jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid()))).*
     from sessions s, generate_series(1, $2::int) where s.id = $1`,
    [like, count],
  )

test('what a message looks up of its session is the same few pages among twenty thousand sessions', async () => {
  const { id } = await house.ask(createSession)
  const sessionId = fromWire('session', id) ?? ''
  expect(await pagesMet(sessionId)).toBeGreaterThan(0)
  await addSessions(sessionId, 20_000)
  expect(await pagesMet(sessionId)).toBeLessThan(24)
  await house.db.enginePool.query('reset role')
  await house.db.enginePool.query('analyze sessions')
  expect(await pagesMet(sessionId)).toBeLessThan(24)
})
