// Organisations through their operations: a caller sees its own.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OperationHouse, operationHouse } from '../../../test/support/operations.ts'
import { defaultOrgId, newId, toWire } from '../../contract/ids.ts'
import { getHarness } from '../harnesses/get.ts'
import { getOrganization } from './get.ts'
import { listOrganizations } from './list.ts'
import { updateOrganization } from './update.ts'

let house: OperationHouse
beforeAll(async () => {
  house = await operationHouse()
})
afterAll(() => house.close())

const org = toWire('org', defaultOrgId)

test('an organisation tells which harness is really used by default', async () => {
  const generic = await house.ask(getHarness, { harness_id: 'generic' })
  const base = await house.ask(getHarness, { harness_id: 'base' })
  const mine = await house.ask(getOrganization, { org })
  expect(mine).toMatchObject({
    id: org,
    default_harness_id: generic.id,
    base_harness_id: base.id,
    default_provider_per_service: {},
  })
  expect((await house.ask(listOrganizations)).data).toEqual([mine])
})

test('another organisation is not there', async () => {
  const other = toWire('org', newId())
  await expect(house.ask(getOrganization, { org: other })).rejects.toMatchObject({ kind: 'not_found' })
  await expect(house.ask(updateOrganization, { org: other, name: 'x' })).rejects.toMatchObject({ kind: 'not_found' })
})

test('its name changes, and a default must exist', async () => {
  expect((await house.ask(updateOrganization, { org, name: ' New name ' })).name).toBe('New name')
  const nowhere = house.ask(updateOrganization, { org, default_harness_name: 'nowhere' })
  await expect(nowhere).rejects.toMatchObject({ kind: 'not_found' })
})
