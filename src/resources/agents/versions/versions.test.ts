// Versions of agents: every authored change leaves one, and any of them can be gone back to.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OperationHouse, operationHouse } from '../../../../test/support/operations.ts'
import { createAgent } from '../create.ts'
import { getAgent } from '../get.ts'
import { updateAgent } from '../update.ts'
import { createAgentVersion } from './create.ts'
import { diffAgentVersions } from './diff.ts'
import { forkAgentVersion } from './fork.ts'
import { listAgentVersions } from './list.ts'
import { rollbackAgentVersion } from './rollback.ts'
import { setDefaultAgentVersion } from './set-default.ts'

let house: OperationHouse
beforeAll(async () => {
  house = await operationHouse()
})
afterAll(() => house.close())

const create = (name: string) => house.ask(createAgent, { name, system_prompt: 'One.', capabilities: ['current_time'] })

test('drafts come by themselves, only for authored changes; published versions count up', async () => {
  const { id } = await create('counted')
  await house.ask(updateAgent, { agent_id: id, system_prompt: 'Two.' })
  await house.ask(updateAgent, { agent_id: id, system_prompt: 'Two.' })
  await house.ask(updateAgent, { agent_id: id, status: 'archived' })
  await house.ask(updateAgent, { agent_id: id, status: 'active' })
  for (const change_kind of [undefined, 'minor', 'patch', 'major'] as const)
    await house.ask(createAgentVersion, { agent_id: id, change_kind, summary: 'why' })
  const versions = await house.ask(listAgentVersions, { agent_id: 'counted' })
  expect(versions.map(({ version }) => version)).toEqual(['1.0.0', '0.2.1', '0.2.0', '0.1.0', 'draft.2', 'draft.1'])
  expect(versions.map(({ version_number }) => version_number)).toEqual([6, 5, 4, 3, 2, 1])
  expect(versions.map(({ is_published }) => is_published)).toEqual([true, true, true, true, false, false])
  expect(versions[3]).toMatchObject({ change_kind: 'manual', summary: 'why', parent_version_id: versions[4]?.id })
  expect(versions[0]?.config_hash).toBe(versions[4]?.config_hash)
  expect(versions[0]?.resolved_config.tools).toContain('get_current_time')
})

test('two versions are compared field by field', async () => {
  const { id } = await create('compared')
  await house.ask(updateAgent, { agent_id: id, system_prompt: 'Two.', capabilities: [] })
  const [to, from] = await house.ask(listAgentVersions, { agent_id: id })
  const diff = await house.ask(diffAgentVersions, { agent_id: id, from_version_id: from?.id ?? '', to_version_id: to?.id ?? '' })
  expect(diff.authored_diff).toEqual({
    system_prompt: { from: 'One.', to: 'Two.' },
    capabilities: { from: [{ ref: 'current_time' }], to: [] },
  })
  expect(Object.keys(diff.resolved_diff)).toContain('system_prompt')
})

test('a rollback brings back what was authored and keeps the name', async () => {
  const { id } = await create('rolled')
  await house.ask(updateAgent, { agent_id: id, name: 'rolled-on', system_prompt: 'Two.', description: 'new', tags: ['x'] })
  const [, first] = await house.ask(listAgentVersions, { agent_id: id })
  const back = await house.ask(rollbackAgentVersion, { agent_id: id, version_id: first?.id ?? '', save_version: true })
  expect(back).toMatchObject({ id, name: 'rolled-on', system_prompt: 'One.', tags: [] })
  expect(back.description).toBeUndefined()
  const [latest, saved] = await house.ask(listAgentVersions, { agent_id: id })
  expect(latest).toMatchObject({ change_kind: 'rollback', source_version_id: first?.id, version: '0.1.1' })
  expect(saved).toMatchObject({ change_kind: 'manual', authored_config: { system_prompt: 'Two.' } })
})

test('a fork is a new agent that remembers its origin', async () => {
  const { id } = await create('root')
  const published = await house.ask(createAgentVersion, { agent_id: id })
  const fork = await house.ask(forkAgentVersion, { agent_id: id, version_id: published.id, name: 'branch', description: 'mine' })
  expect(fork).toMatchObject({
    name: 'branch',
    description: 'mine',
    system_prompt: 'One.',
    forked_from_agent_id: id,
    forked_from_version_id: published.id,
    root_agent_id: id,
  })
  const [version] = await house.ask(listAgentVersions, { agent_id: 'branch' })
  expect(version).toMatchObject({ change_kind: 'fork', version: '0.1.0', source_version_id: published.id })
  const again = await house.ask(forkAgentVersion, { agent_id: fork.id, version_id: version?.id ?? '', name: 'twig' })
  expect(again.root_agent_id).toBe(id)
  const taken = house.ask(forkAgentVersion, { agent_id: id, version_id: published.id, name: 'twig' })
  await expect(taken).rejects.toMatchObject({ code: 'agent_name_taken' })
})

test('only a published version of the agent itself becomes its default', async () => {
  const { id } = await create('defaulted')
  const other = await create('another')
  const [draft] = await house.ask(listAgentVersions, { agent_id: id })
  const refused = house.ask(setDefaultAgentVersion, { agent_id: id, version_id: draft?.id ?? '' })
  await expect(refused).rejects.toMatchObject({ kind: 'bad_request' })
  const published = await house.ask(createAgentVersion, { agent_id: id })
  await house.ask(setDefaultAgentVersion, { agent_id: id, version_id: published.id })
  expect((await house.ask(getAgent, { agent_id: id })).default_version_id).toBe(published.id)
  const foreign = house.ask(setDefaultAgentVersion, { agent_id: other.id, version_id: published.id })
  await expect(foreign).rejects.toMatchObject({ kind: 'not_found' })
})
