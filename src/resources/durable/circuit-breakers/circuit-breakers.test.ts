// Circuit breakers as an admin sees and changes them.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OperationHouse, operationHouse } from '../../../../test/support/operations.ts'
import { newId } from '../../../contract/ids.ts'
import { deleteCircuitBreaker, forceCloseCircuitBreaker, forceOpenCircuitBreaker } from './change.ts'
import { getCircuitBreaker, listCircuitBreakers } from './list.ts'

let house: OperationHouse
beforeAll(async () => {
  house = await operationHouse()
})
afterAll(() => house.close())

const key = 'llm:provider_1'

test('an admin opens one, sees it half open when its time has come, closes it and forgets it', async () => {
  const opened = await house.ask(forceOpenCircuitBreaker, { key })
  expect(opened).toMatchObject({ key, state: 'open', failure_count: 0 })
  const open = Number(new Date(opened.half_open_at ?? 0)) - Number(new Date(opened.opened_at ?? 0))
  expect(open).toBe(30_000)
  await house.db.enginePool.query(`update circuit_breakers set half_open_at = clock_timestamp()`)
  expect((await house.ask(getCircuitBreaker, { key })).state).toBe('half_open')
  const closed = await house.ask(forceCloseCircuitBreaker, { key })
  expect(closed.state).toBe('closed')
  expect(await house.ask(listCircuitBreakers)).toEqual({ data: [closed], total: 1 })
  expect(await house.ask(deleteCircuitBreaker, { key })).toEqual({ key, deleted: true })
  expect((await house.ask(listCircuitBreakers)).data).toEqual([])
})

test('what nobody ever opened is not there, and neither is that of another organisation', async () => {
  const missing = { key: 'llm:unknown' }
  for (const operation of [getCircuitBreaker, forceCloseCircuitBreaker, deleteCircuitBreaker] as const) {
    await expect(house.ask(operation as typeof getCircuitBreaker, missing)).rejects.toMatchObject({ kind: 'not_found' })
  }
  await house.ask(forceOpenCircuitBreaker, { key })
  await expect(house.ask(getCircuitBreaker, { key }, { orgId: newId() })).rejects.toMatchObject({ kind: 'not_found' })
})
