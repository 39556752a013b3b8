// What workers are sent with a step: each task's own matter.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OperationHouse, operationHouse } from '../../../test/support/operations.ts'
import { defaultOrgId, fromWire, newId, type Uuid } from '../../contract/ids.ts'
import type { ContextRequest } from '../../durable/index.ts'
import { createSession } from '../sessions/create.ts'
import { contextsOf } from './context.ts'
import { RecentEvents } from './recent.ts'

let house: OperationHouse
beforeAll(async () => {
  house = await operationHouse()
})
afterAll(() => house.close())

const request = (sessionId: Uuid): ContextRequest => {
  const task = { kind: 'reason', sessionId, orgId: defaultOrgId, postponed: 0 }
  const workflow = { state: { turnId: newId(), iteration: 0, controls: {}, through: 1 } }
  // Of the rows only what a context is made from.
  return { task, workflow, logEnd: null, configRevision: null, memory: new Map() } as unknown as ContextRequest
}
const contexts = (sessionIds: Uuid[]) =>
  contextsOf(
    {
      db: house.db.engine,
      configs: house.turns.configs,
      recent: new RecentEvents(),
      breakers: () => ({ refresh: async () => {}, waitMs: () => null }),
    },
    sessionIds.map(request),
  )

test('a step whose context cannot be made is the only one of those leased with it that is not sent', async () => {
  const { id } = await house.ask(createSession)
  const sessionId = fromWire('session', id) ?? ''
  const [before, missing, after] = contexts([sessionId, newId(), sessionId])
  await expect(missing).rejects.toMatchObject({ kind: 'not_found' })
  const made = await Promise.all([before, after])
  expect(made.map((context) => JSON.parse(String(context)).config.sessionId)).toEqual([sessionId, sessionId])
})
