// Harnesses through their operations, on a real database.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OperationHouse, operationHouse } from '../../../test/support/operations.ts'
import { defaultOrgId, fromWire, newId, toWire } from '../../contract/ids.ts'
import { createAgent } from '../agents/create.ts'
import { findOrganization } from '../organizations/store.ts'
import { updateOrganization } from '../organizations/update.ts'
import { reconcileBuiltInHarnesses } from './built-in.ts'
import { harnessChain } from './chain.ts'
import { checkHarnessName } from './check-name.ts'
import { copyHarness } from './copy.ts'
import { createHarness } from './create.ts'
import { deleteHarness } from './delete.ts'
import { destroyHarness } from './destroy.ts'
import { getHarness } from './get.ts'
import { importHarness } from './import.ts'
import { listHarnesses } from './list.ts'
import { listHarnessExamples } from './list-examples.ts'
import { previewHarness } from './preview.ts'
import { getHarnessStats } from './stats.ts'
import { updateHarness } from './update.ts'

let house: OperationHouse
beforeAll(async () => {
  house = await operationHouse()
})
afterAll(() => house.close())

const create = (name: string, more: object = {}) => house.ask(createHarness, { name, ...more })
const revision = async () => (await findOrganization(house.db.engine, defaultOrgId))?.config_revision

test('every organisation has base and generic, which are listed first and cannot be changed', async () => {
  const { data } = await house.ask(listHarnesses)
  expect(data.slice(0, 2)).toMatchObject([
    { name: 'base', is_built_in: true, session_count: 0, app_count: 0 },
    { name: 'generic', is_built_in: true },
  ])
  expect(data[0]?.capabilities).toBeUndefined()
  const [generic] = data.slice(1)
  expect(generic?.allowed_actions?.map(({ rel }) => rel)).toEqual(['self', 'copy'])
  for (const refused of [
    () => house.ask(updateHarness, { harness_id: 'generic', description: 'mine' }),
    () => house.ask(deleteHarness, { harness_id: 'base' }),
    () => house.ask(destroyHarness, { harness_id: 'base' }),
  ])
    await expect(refused()).rejects.toMatchObject({ kind: 'bad_request', code: 'built_in' })
})

test('a start brings built-ins up to date, and changes nothing that is', async () => {
  await reconcileBuiltInHarnesses(house.db, defaultOrgId)
  const before = await revision()
  await reconcileBuiltInHarnesses(house.db, defaultOrgId)
  expect(await revision()).toBe(before)
  await house.db.engine.updateTable('harnesses').set({ system_prompt: 'old' }).where('name', '=', 'generic').execute()
  await Promise.all([1, 2, 3].map(() => reconcileBuiltInHarnesses(house.db, defaultOrgId)))
  expect((await house.ask(getHarness, { harness_id: 'generic' })).system_prompt).toContain('helpful assistant')
  expect(await revision()).toBeGreaterThan(Number(before))
})

test('default is no harness but the choice of one', async () => {
  expect((await house.ask(getHarness, { harness_id: 'default' })).name).toBe('generic')
  await expect(create('default')).rejects.toMatchObject({ kind: 'bad_request', code: 'name_reserved' })
  expect(await house.ask(checkHarnessName, { name: 'default' })).toEqual({ available: false })
  const org = toWire('org', defaultOrgId)
  expect((await house.ask(updateOrganization, { org, default_harness_name: 'base' })).default_harness_id).toBeDefined()
  expect((await house.ask(getHarness, { harness_id: 'default' })).name).toBe('base')
  await house.ask(updateOrganization, { org, default_harness_id: null })
  expect((await house.ask(getHarness, { harness_id: 'default' })).name).toBe('generic')
})

test('a harness is made, changed and found; null clears texts and lists stay', async () => {
  const before = await revision()
  const made = await create('mine', { description: 'x', capabilities: ['current_time'], embedder_metadata: { team: 'a' } })
  expect(made).toMatchObject({ tags: [], status: 'active', is_built_in: false, embedder_metadata: { team: 'a' } })
  const changed = await house.ask(updateHarness, { harness_id: 'mine', description: null, capabilities: null, tags: ['t'] })
  expect(changed).toMatchObject({ capabilities: [{ ref: 'current_time' }], tags: ['t'] })
  expect(changed.description).toBeUndefined()
  expect(await revision()).toBeGreaterThan(Number(before))
  await expect(create('mine')).rejects.toMatchObject({ kind: 'conflict', code: 'harness_name_taken' })
  await create('other')
  await expect(house.ask(updateHarness, { harness_id: 'other', name: 'mine' })).rejects.toMatchObject({ kind: 'conflict' })
  expect((await house.ask(listHarnesses, { search: 'mi NE' })).data.map(({ name }) => name)).toEqual(['mine'])
})

test('inheritance goes one way: cycles and archived parents are refused, null ends it', async () => {
  const top = await create('top', { system_prompt: 'Top.' })
  const middle = await create('middle', { parent_harness_id: top.id })
  const leaf = await create('leaf', { parent_harness_id: middle.id, system_prompt: 'Leaf.' })
  const chain = await harnessChain(house.db.engine, defaultOrgId, fromWire('harness', leaf.id) ?? '')
  expect(chain.map(({ name }) => name)).toEqual(['top', 'middle', 'leaf'])
  for (const parent of [top.id, leaf.id])
    await expect(house.ask(updateHarness, { harness_id: top.id, parent_harness_id: parent })).rejects.toMatchObject({
      code: 'harness_cycle',
    })
  expect((await house.ask(updateHarness, { harness_id: leaf.id, parent_harness_id: null })).parent_harness_id).toBeUndefined()
  const nobody = toWire('harness', newId())
  await expect(house.ask(updateHarness, { harness_id: leaf.id, parent_harness_id: nobody })).rejects.toMatchObject({
    kind: 'not_found',
  })
  const past = await create('past')
  await house.ask(deleteHarness, { harness_id: past.id })
  await expect(create('heir', { parent_harness_id: past.id })).rejects.toMatchObject({ kind: 'bad_request' })
})

test('two changes at once cannot make a cycle together', async () => {
  const [a, b] = [await create('knot-a'), await create('knot-b')]
  const tied = await Promise.allSettled([
    house.ask(updateHarness, { harness_id: a.id, parent_harness_id: b.id }),
    house.ask(updateHarness, { harness_id: b.id, parent_harness_id: a.id }),
  ])
  expect(tied.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
})

test('a harness that something is built on cannot be deleted for good', async () => {
  const { id } = await create('used')
  await house.ask(createAgent, { name: 'user-of-it', system_prompt: 'x', harness_id: id })
  await expect(house.ask(destroyHarness, { harness_id: id })).rejects.toMatchObject({ code: 'not_archived' })
  await house.ask(deleteHarness, { harness_id: id })
  await expect(house.ask(destroyHarness, { harness_id: id })).rejects.toMatchObject({ code: 'harness_in_use' })
  await expect(house.ask(updateHarness, { harness_id: id, description: 'x' })).rejects.toMatchObject({ kind: 'bad_request' })
  await house.ask(createAgent, { name: 'user-of-it', system_prompt: 'x', harness_name: 'generic' })
  await house.ask(destroyHarness, { harness_id: id })
  await expect(house.ask(getHarness, { harness_id: id })).rejects.toMatchObject({ kind: 'not_found' })
  expect((await create('used')).id).not.toBe(id)
})

test('a built-in is copied to be changed', async () => {
  const copy = await house.ask(copyHarness, { harness_id: 'generic' })
  expect(copy).toMatchObject({ name: 'generic-copy', display_name: 'Generic (copy)', is_built_in: false })
  expect((await house.ask(updateHarness, { harness_id: copy.id, description: 'Mine' })).description).toBe('Mine')
})

test('examples are listed when everything they need is here, and adopted under generic', async () => {
  const examples = await house.ask(listHarnessExamples)
  expect(examples.map(({ name }) => name)).toContain('planner')
  expect(examples[0]).not.toHaveProperty('system_prompt')
  const generic = await house.ask(getHarness, { harness_id: 'generic' })
  const adopted = await house.ask(importHarness, { 'from-example': 'planner' })
  expect(adopted).toMatchObject({ name: 'planner', parent_harness_id: generic.id })
  expect((await house.ask(importHarness, { 'from-example': 'planner' })).name).toMatch(/^planner-[0-9a-f]{8}$/)
  await expect(house.ask(importHarness, { 'from-example': 'nope' })).rejects.toMatchObject({ kind: 'not_found' })
})

test('a preview shows what is inherited too', async () => {
  const parent = await create('shown', { system_prompt: 'From above.', capabilities: ['test_math'] })
  const shown = await house.ask(previewHarness, {
    parent_harness_id: parent.id,
    system_prompt: 'From here.',
    capabilities: ['current_time'],
  })
  expect(shown.system_prompt.indexOf('From above.')).toBeLessThan(shown.system_prompt.indexOf('From here.'))
  expect(shown.tools.map(({ name }) => name)).toEqual(expect.arrayContaining(['add', 'get_current_time']))
  expect((await house.ask(getHarnessStats, { harness_id: parent.id })).session_count).toBe(0)
})
