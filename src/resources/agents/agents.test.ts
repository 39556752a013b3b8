// Agents through their operations, on a real database.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OperationHouse, operationHouse } from '../../../test/support/operations.ts'
import { defaultOrgId, newId, toWire } from '../../contract/ids.ts'
import { createHarness } from '../harnesses/create.ts'
import { deleteHarness } from '../harnesses/delete.ts'
import { getHarness } from '../harnesses/get.ts'
import { findOrganization } from '../organizations/store.ts'
import { checkAgentName } from './check-name.ts'
import { agentConfig } from './config.ts'
import { copyAgent } from './copy.ts'
import { createAgent } from './create.ts'
import { deleteAgent } from './delete.ts'
import { destroyAgent } from './destroy.ts'
import { getAgent } from './get.ts'
import { listAgents } from './list.ts'
import { previewAgent } from './preview.ts'
import { getAgentStats } from './stats.ts'
import { updateAgent } from './update.ts'
import { upsertAgent } from './upsert.ts'
import { listAgentVersions } from './versions/list.ts'

let house: OperationHouse
beforeAll(async () => {
  house = await operationHouse()
})
afterAll(() => house.close())

const revision = async () => (await findOrganization(house.db.engine, defaultOrgId))?.config_revision
const create = (name: string, more: object = {}) => house.ask(createAgent, { name, system_prompt: 'Be kind.', ...more })

test('a new agent runs on the generic harness and says where it lives', async () => {
  const made = await house.answer(createAgent, { name: 'first', system_prompt: 'Be kind.', capabilities: ['current_time'] })
  expect(made.options.status).toBe(201)
  const generic = await house.ask(getHarness, { harness_id: 'generic' })
  const agent = await house.ask(getAgent, { agent_id: 'first' })
  expect(agent).toMatchObject({
    harness_id: generic.id,
    status: 'active',
    tags: [],
    capabilities: [{ ref: 'current_time' }],
    session_count: 0,
    app_count: 0,
    self_url: `http://api.test/v1/agents/${agent.id}`,
    view_url: `http://ui.test/agents/${agent.id}`,
  })
  expect(agent.allowed_actions?.map(({ rel }) => rel)).toEqual(['self', 'update', 'versions', 'copy', 'delete'])
  expect(agent).not.toHaveProperty('description', null)
})

test('a second POST with the same name replaces the agent and keeps what it was as a version', async () => {
  const first = await create('twice', { description: 'one', capabilities: ['current_time'], tags: ['a'] })
  const second = await house.answer(createAgent, { name: 'twice', system_prompt: 'Be brief.' })
  expect(second.options.status).toBe(200)
  expect(second.value).toMatchObject({
    id: first.id,
    system_prompt: 'Be brief.',
    capabilities: [{ ref: 'current_time' }],
    tags: [],
  })
  expect(second.value).toHaveProperty('description', undefined)
  const versions = await house.ask(listAgentVersions, { agent_id: first.id })
  expect(versions.map((version) => version.authored_config.system_prompt)).toEqual(['Be brief.', 'Be kind.'])
})

test('a POST with a known id updates that agent, with an unknown one creates it under that id', async () => {
  const id = toWire('agent', newId())
  const made = await house.answer(createAgent, { id, name: 'mine', system_prompt: 'One.' })
  expect(made.options.status).toBe(201)
  const again = await house.answer(createAgent, { id, name: 'mine-renamed', system_prompt: 'Two.' })
  expect(again.options.status).toBe(200)
  expect(again.value).toMatchObject({ id, name: 'mine-renamed', system_prompt: 'Two.' })
})

test('on_conflict error refuses what would be overwritten', async () => {
  const { id } = await create('guarded')
  const refused = { kind: 'conflict' }
  await expect(create('guarded', { on_conflict: 'error' })).rejects.toMatchObject({ ...refused, code: 'agent_name_taken' })
  await expect(create('other-name', { id, on_conflict: 'error' })).rejects.toMatchObject({ ...refused, code: 'agent_id_taken' })
})

test('two creations of one name at once make one agent', async () => {
  const answers = await Promise.all([1, 2, 3, 4].map(() => house.answer(createAgent, { name: 'race', system_prompt: 'Go.' })))
  expect(answers.map(({ options }) => options.status).sort()).toEqual([200, 200, 200, 201])
})

test('PUT creates under the name or id of its path, and replaces fully', async () => {
  const made = await house.answer(upsertAgent, { agent_id: 'put-me', name: 'put-me', system_prompt: 'A', description: 'x' })
  expect(made.options.status).toBe(201)
  const again = await house.answer(upsertAgent, { agent_id: 'put-me', name: 'put-me', system_prompt: 'B' })
  expect(again.options.status).toBe(200)
  expect(again.value).toMatchObject({ system_prompt: 'B' })
  expect((await house.ask(getAgent, { agent_id: 'put-me' })).description).toBeUndefined()
  const id = toWire('agent', newId())
  expect((await house.answer(upsertAgent, { agent_id: id, name: 'put-by-id', system_prompt: 'C' })).value).toMatchObject({ id })
  await expect(house.ask(upsertAgent, { agent_id: 'put-a', name: 'put-b', system_prompt: 'D' })).rejects.toMatchObject({
    kind: 'bad_request',
  })
})

test('PATCH changes what is given; null clears texts and keeps lists', async () => {
  const { id } = await create('patched', { description: 'long', display_name: 'P', tags: ['a'], max_iterations: 5 })
  const before = await revision()
  const changed = await house.ask(updateAgent, { agent_id: id, description: null, max_iterations: null, tags: null, name: null })
  expect(changed).toMatchObject({ name: 'patched', display_name: 'P', tags: ['a'], system_prompt: 'Be kind.' })
  expect(changed.description).toBeUndefined()
  expect(changed.max_iterations).toBeUndefined()
  expect(await revision()).toBeGreaterThan(Number(before))
})

test('network access is kept by null and lifted by {}', async () => {
  const { id } = await create('walled', { network_access: { allowed: ['example.com'] } })
  expect(await house.ask(updateAgent, { agent_id: id, network_access: null })).toHaveProperty('network_access.allowed')
  expect((await house.ask(updateAgent, { agent_id: id, network_access: {} })).network_access).toBeUndefined()
})

test('a taken name is refused, and a name must be a slug', async () => {
  await create('taken')
  const { id } = await create('free')
  await expect(house.ask(updateAgent, { agent_id: id, name: 'taken' })).rejects.toMatchObject({ code: 'agent_name_taken' })
  for (const name of ['Upper', 'under_score', '-lead', 'double--dash', 'a'.repeat(65), ''])
    await expect(create(name)).rejects.toMatchObject({ kind: 'bad_request' })
  expect(await house.ask(checkAgentName, { name: 'taken' })).toEqual({ available: false })
  expect(await house.ask(checkAgentName, { name: 'free', exclude_id: id })).toEqual({ available: true })
  expect(await house.ask(checkAgentName, { name: 'Not A Slug' })).toEqual({ available: false })
})

test('sizes over the limit get the fixed answer', async () => {
  const tooMuch = { kind: 'bad_request', message: 'Input exceeds allowed limits' }
  const files = (n: number, content: string) => Array.from({ length: n }, (_, i) => ({ path: `/f${i}`, content }))
  await expect(create('big', { system_prompt: 'x'.repeat(1024 * 1024 + 1) })).rejects.toMatchObject(tooMuch)
  await expect(create('big', { description: 'é'.repeat(6 * 1024) })).rejects.toMatchObject(tooMuch)
  await expect(create('big', { capabilities: Array(251).fill('current_time') })).rejects.toMatchObject(tooMuch)
  await expect(create('big', { initial_files: files(101, '') })).rejects.toMatchObject(tooMuch)
  await expect(create('big', { initial_files: files(6, 'x'.repeat(1024 * 1024)) })).rejects.toMatchObject(tooMuch)
  const tool = { type: 'client_side', name: 't', description: 'd', parameters: { type: 'object', note: 'x'.repeat(11_000) } }
  await expect(create('big', { tools: [tool] })).rejects.toMatchObject(tooMuch)
})

test('capabilities must exist and their configuration must fit', async () => {
  await expect(create('unknown', { capabilities: ['no_such_thing'] })).rejects.toMatchObject({ code: 'unknown_capability' })
  const { capabilities } = await create('mixed', { capabilities: ['current_time', { ref: 'session_storage' }] })
  expect(capabilities).toEqual([{ ref: 'current_time' }, { ref: 'session_storage' }])
})

test('initial files bring the capability that holds them', async () => {
  const { capabilities } = await create('filed', { initial_files: [{ path: '/a.md', content: 'A' }] })
  expect(capabilities).toEqual([{ ref: 'session_file_system' }])
  const twice = [
    { path: '/workspace/a', content: '1' },
    { path: 'a', content: '2' },
  ]
  await expect(create('filed-twice', { initial_files: twice })).rejects.toMatchObject({ kind: 'bad_request' })
})

test('only tools that the caller runs are kept', async () => {
  const tool = { name: 'lookup', description: 'Looks up.', parameters: { type: 'object' } }
  const { tools } = await create('tooled', {
    tools: [
      { type: 'client', ...tool },
      { type: 'builtin', ...tool, name: 'x' },
    ],
  })
  expect(tools).toEqual([{ type: 'client_side', ...tool }])
})

test('both spellings of MCP servers are read, one is written', async () => {
  const { mcpServers } = await create('mcp', { mcp_servers: { docs: { url: 'https://docs.example/mcp' } } })
  expect(mcpServers).toEqual({ docs: { url: 'https://docs.example/mcp' } })
})

test('a harness is named by id or name, not both, and must be active', async () => {
  const harness = await house.ask(createHarness, { name: 'for-agents' })
  expect((await create('on-harness', { harness_name: 'for-agents' })).harness_id).toBe(harness.id)
  await expect(create('on-two', { harness_name: 'for-agents', harness_id: harness.id })).rejects.toMatchObject({
    kind: 'bad_request',
  })
  await expect(create('on-none', { harness_name: 'nowhere' })).rejects.toMatchObject({ kind: 'not_found' })
  await house.ask(deleteHarness, { harness_id: harness.id })
  await expect(create('on-archived', { harness_id: harness.id })).rejects.toMatchObject({ kind: 'bad_request' })
})

test('archived agents can be read and unarchived, not edited; deleted ones are gone for good', async () => {
  const { id } = await create('mortal')
  await expect(house.ask(destroyAgent, { agent_id: id })).rejects.toMatchObject({ kind: 'bad_request' })
  await house.ask(deleteAgent, { agent_id: id })
  await house.ask(deleteAgent, { agent_id: id })
  const archived = await house.ask(getAgent, { agent_id: id })
  expect(archived.status).toBe('archived')
  expect(archived.archived_at).toBeDefined()
  expect(archived.allowed_actions?.map(({ rel }) => rel)).not.toContain('copy')
  await expect(house.ask(updateAgent, { agent_id: id, description: 'x' })).rejects.toMatchObject({ kind: 'bad_request' })
  await expect(create('mortal')).rejects.toMatchObject({ kind: 'bad_request' })
  expect((await house.ask(listAgents, { search: 'mortal' })).total).toBe(0)
  expect((await house.ask(listAgents, { search: 'mortal', include_archived: 'true' })).total).toBe(1)
  expect((await house.ask(updateAgent, { agent_id: id, status: 'active' })).status).toBe('active')
  await expect(house.ask(updateAgent, { agent_id: id, status: 'deleted' })).rejects.toMatchObject({ kind: 'forbidden' })
  await house.ask(updateAgent, { agent_id: id, status: 'archived' })
  await house.ask(destroyAgent, { agent_id: id })
  await expect(house.ask(getAgent, { agent_id: id })).rejects.toMatchObject({ kind: 'not_found' })
  await expect(create('mortal-again', { id })).rejects.toMatchObject({ code: 'agent_id_taken' })
  expect((await create('mortal')).id).not.toBe(id)
})

test('a list is paged, searched word by word, and read by old clients under its noun', async () => {
  for (const n of [1, 2, 3]) await create(`paged-${n}`, { description: 'Finds 100% of it' })
  const page = await house.ask(listAgents, { search: 'PAGED 100%', limit: 2 })
  expect(page.data.map(({ name }) => name)).toEqual(['paged-3', 'paged-2'])
  expect(page).toMatchObject({ total: 3, offset: 0, limit: 2, agents: page.data })
  expect(page.next_url).toBe('http://api.test/v1/agents?search=PAGED+100%25&offset=2&limit=2')
  const last = await house.ask(listAgents, { search: 'paged 100%', limit: 2, offset: 2 })
  expect(last.next_url).toBeUndefined()
  expect(last.prev_url).toContain('offset=0')
  expect((await house.ask(listAgents, { search: 'paged 10_%' })).total).toBe(0)
  expect((await house.ask(listAgents, { limit: 1000 })).limit).toBe(100)
  await expect(house.ask(listAgents, { limit: 0 })).rejects.toMatchObject({ kind: 'bad_request' })
})

test('a copy has a name of its own', async () => {
  await create('original', { display_name: 'Original', network_access: { blocked: ['evil.example'] } })
  const copies = [await house.ask(copyAgent, { agent_id: 'original' }), await house.ask(copyAgent, { agent_id: 'original' })]
  expect(copies.map(({ name }) => name)).toEqual(['original-copy', 'original-copy-2'])
  expect(copies[0]).toMatchObject({ display_name: 'Original (copy)', network_access: { blocked: ['evil.example'] } })
})

test('a preview shows prompt, tools and advice, and stores nothing', async () => {
  const paragraph = 'Always answer in one sentence, whatever the question may be.'
  const shown = await house.ask(previewAgent, {
    system_prompt: `${paragraph}\n\n${paragraph}`,
    capabilities: ['current_time', 'unheard_of'],
    harness_id: 'base',
  })
  expect(shown.tools.map(({ name }) => name)).toEqual(['get_current_time'])
  expect(shown.system_prompt).toContain(paragraph)
  expect(shown.findings.map(({ rule_id }) => rule_id)).toEqual(['capability.unknown', 'prompt.duplicate_paragraphs'])
})

test('an unused agent has statistics of zero, and policies name the rights', async () => {
  await create('idle-one')
  const stats = await house.ask(getAgentStats, { agent_id: 'idle-one' })
  expect(stats).toMatchObject({ session_count: 0, execution_count: 0, total_cost_usd: 0, total_input_tokens: 0 })
  expect(stats.avg_session_duration_ms).toBeUndefined()
  expect((await house.ask(agentConfig)).policies).toEqual({
    'agents.view': true,
    'agents.manage': true,
    'agents.dangerous': true,
  })
})

test('what is neither id nor name is malformed, an unknown one is not there', async () => {
  await expect(house.ask(getAgent, { agent_id: 'agent_XYZ' })).rejects.toMatchObject({ kind: 'bad_request' })
  await expect(house.ask(getAgent, { agent_id: 'nobody' })).rejects.toMatchObject({ kind: 'not_found' })
  await expect(house.ask(getAgent, { agent_id: toWire('agent', newId()) })).rejects.toMatchObject({ kind: 'not_found' })
})
