// The catalogue of capabilities through its operations.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OperationHouse, operationHouse } from '../../../test/support/operations.ts'
import { createAgent } from '../agents/create.ts'
import { deleteAgent } from '../agents/delete.ts'
import { getCapability } from './get.ts'
import { listCapabilities } from './list.ts'

let house: OperationHouse
beforeAll(async () => {
  house = await operationHouse()
})
afterAll(() => house.close())

test('a capability shows its tools, its prompt, and who uses it', async () => {
  await house.ask(createAgent, { name: 'user', system_prompt: 'x', capabilities: ['current_time'] })
  await house.ask(createAgent, { name: 'former-user', system_prompt: 'x', capabilities: ['current_time'] })
  await house.ask(deleteAgent, { agent_id: 'former-user' })
  const shown = await house.ask(getCapability, { capability_id: 'current_time' })
  expect(shown).toMatchObject({
    id: 'current_time',
    status: 'available',
    risk_level: 'low',
    is_mcp: false,
    agent_count: 1,
    harness_count: 1,
    view_url: 'http://ui.test/capabilities/current_time',
  })
  expect(shown.tool_definitions).toMatchObject([{ type: 'builtin', name: 'get_current_time', policy: 'auto' }])
  await expect(house.ask(getCapability, { capability_id: 'nothing' })).rejects.toMatchObject({ kind: 'not_found' })
})

test('the list is stable, paged and searched in names and descriptions', async () => {
  const all = await house.ask(listCapabilities, { limit: 100 })
  const names = all.data.map(({ name }) => name)
  expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b, 'en')))
  const page = await house.ask(listCapabilities, { limit: 2, offset: 1 })
  expect(page.data.map(({ id }) => id)).toEqual(all.data.slice(1, 3).map(({ id }) => id))
  expect(page).toMatchObject({ total: all.total, next_url: expect.stringContaining('offset=3') })
  expect((await house.ask(listCapabilities, { search: 'CURRENT time' })).data.map(({ id }) => id)).toContain('current_time')
  expect((await house.ask(listCapabilities, { search: 'current %' })).total).toBe(0)
})
