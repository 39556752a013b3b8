// Values and secrets through their operations, on a real database.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OperationHouse, operationHouse } from '../../../test/support/operations.ts'
import { fromWire, newId, toWire } from '../../contract/ids.ts'
import { createSession } from '../sessions/create.ts'
import { listKeys, listSecrets } from './list.ts'
import { batchSetSecrets } from './set-secrets.ts'
import { getSessionSecret, getSessionValue, listSessionSecrets, listSessionValues } from './worker.ts'

let house: OperationHouse
let session_id: string
beforeAll(async () => {
  house = await operationHouse()
  session_id = (await house.ask(createSession)).id
})
afterAll(() => house.close())
const lease = () => ({ lease: { sessionId: fromWire('session', session_id) ?? '' } })

test('secrets are set and replaced; only names are ever listed', async () => {
  expect(await house.ask(batchSetSecrets, { session_id, secrets: { B: 'one', A: 'two' } })).toEqual({ count: 2 })
  await house.ask(batchSetSecrets, { session_id, secrets: { B: 'three' } })
  const listed = await house.ask(listSecrets, { session_id })
  expect(listed.data.map(({ name }) => name)).toEqual(['A', 'B'])
  expect(JSON.stringify(listed)).not.toMatch(/one|two|three/)
  expect(await house.ask(getSessionSecret, { name: 'B' }, lease())).toMatchObject({ value: 'three', entry: { key: 'B' } })
  expect((await house.ask(listSessionSecrets, {}, lease())).map(({ entry }) => entry.key)).toEqual(['A', 'B'])
})

test('names of the product’s own are refused', async () => {
  await expect(house.ask(batchSetSecrets, { session_id, secrets: { __everruns_x: '1' } })).rejects.toMatchObject({
    kind: 'bad_request',
  })
})

test('values are read with a revision, absent ones as null', async () => {
  const row = { org_id: '00000000-0000-0000-0000-000000000001', session_id: lease().lease.sessionId, key: 'k', value: 'v' }
  await house.db.engine.insertInto('session_values').values(row).execute()
  expect(await house.ask(getSessionValue, { key: 'k' }, lease())).toMatchObject({
    value: 'v',
    revision: expect.stringMatching(/^\d+$/),
  })
  expect(await house.ask(getSessionValue, { key: 'none' }, lease())).toBeNull()
  expect(await house.ask(listSessionValues, {}, lease())).toMatchObject([{ entry: { key: 'k' } }])
  expect((await house.ask(listKeys, { session_id })).data).toMatchObject([{ key: 'k', value: 'v' }])
})

test('an unknown session is not found', async () => {
  const unknown = toWire('session', newId())
  await expect(house.ask(listKeys, { session_id: unknown })).rejects.toMatchObject({ kind: 'not_found' })
  await expect(house.ask(batchSetSecrets, { session_id: unknown, secrets: { A: '1' } })).rejects.toMatchObject({
    kind: 'not_found',
  })
})
