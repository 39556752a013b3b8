// Providers and models through their operations, on a real database.
import pino from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type OperationHouse, operationHouse } from '../../../test/support/operations.ts'
import { defaultOrgId, fromWire, newId, toWire } from '../../contract/ids.ts'
import { createAgent } from '../agents/create.ts'
import { getAgent } from '../agents/get.ts'
import { updateAgent } from '../agents/update.ts'
import { createModel } from '../models/create.ts'
import { deleteModel } from '../models/delete.ts'
import { getModel } from '../models/get.ts'
import { listAllModels } from '../models/list.ts'
import { listProviderModels } from '../models/list-of-provider.ts'
import { resolveModel } from '../models/resolve.ts'
import { updateModel } from '../models/update.ts'
import { seedDefaults } from '../organizations/seed.ts'
import { updateOrganization } from '../organizations/update.ts'
import { providerConfig } from './config.ts'
import { createProvider } from './create.ts'
import { resolveCredentials } from './credentials.ts'
import { deleteProvider } from './delete.ts'
import { getProvider } from './get.ts'
import { listProviders } from './list.ts'
import { syncModels } from './sync-models.ts'
import { updateProvider } from './update.ts'

const key = 'sk-very-secret'
const drivers = [
  { id: 'llmsim', label: 'Simulator', needsKey: false, credentialFields: [] },
  { id: 'openai', label: 'OpenAI', needsKey: true, credentialFields: [] },
]
const log = pino({ level: 'silent' })
const openAi = 'provider_01933b5a000070008000000000000001'

describe('a house with providers', () => {
  let house: OperationHouse
  beforeAll(async () => {
    house = await operationHouse()
    await seedDefaults(house.db, { sealer: house.sealer, envKeys: {}, log })
  })
  afterAll(() => house.close())

  const uuid = (id: string) => fromWire('provider', id) ?? ''
  const credentials = (id: string) => house.ask(resolveCredentials, { provider_id: uuid(id) }, { lease: { step: 'reason' } })
  const create = (more: object = {}) => house.ask(createProvider, { name: 'Mine', provider_type: 'openai', ...more })

  test('a key goes in and never comes out, except to a step that is being run', async () => {
    const made = await create({ api_key: key, base_url: 'https://llm.example/v1', settings: { headers: { 'x-team': 'a' } } })
    expect(made).toMatchObject({ api_key_set: true, base_url: 'https://llm.example/v1', status: 'active' })
    const shown = JSON.stringify([made, await house.ask(getProvider, { id: made.id }), await house.ask(listProviders)])
    expect(shown).not.toContain(key)
    const stored = await house.db.engine.selectFrom('providers').selectAll().where('id', '=', uuid(made.id)).execute()
    expect(JSON.stringify(stored)).not.toContain(key)
    expect(await credentials(made.id)).toEqual({
      api_key: key,
      base_url: 'https://llm.example/v1',
      settings: { headers: { 'x-team': 'a' } },
    })
    await expect(house.ask(resolveCredentials, { provider_id: uuid(made.id) })).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(credentials(toWire('provider', newId()))).rejects.toMatchObject({ kind: 'not_found' })
  })

  test('several fields win over the single key', async () => {
    const made = await create({ api_key: key, credentials: { api_key: 'k', region: 'eu' } })
    expect(await credentials(made.id)).toMatchObject({ api_key: 'k', credentials: { region: 'eu' } })
  })

  test('PATCH keeps the key unless it is given; an empty one takes it away; null clears the address', async () => {
    const { id } = await create({ api_key: key, base_url: 'https://llm.example/v1' })
    const changed = await house.ask(updateProvider, { id, name: 'New', api_key: null, base_url: null })
    expect(changed).toMatchObject({ name: 'New', api_key_set: true })
    expect(changed.base_url).toBeUndefined()
    await house.ask(updateProvider, { id, api_key: 'other' })
    expect(await credentials(id)).toMatchObject({ api_key: 'other' })
    expect((await house.ask(updateProvider, { id, api_key: '' })).api_key_set).toBe(false)
    await house.ask(updateProvider, { id, status: 'disabled' })
    await expect(credentials(id)).rejects.toMatchObject({ code: 'provider_disabled' })
    await expect(house.ask(updateProvider, { id, base_url: 'ftp://x' })).rejects.toMatchObject({ kind: 'bad_request' })
  })

  test('sync adds the models we know, once; an address of its own has none we know', async () => {
    const { id } = await create({ api_key: key })
    const first = await house.ask(syncModels, { id })
    expect(first).toMatchObject({ status: 'success', stale: 0 })
    expect(await house.ask(syncModels, { id })).toMatchObject({ status: 'success', created: 0 })
    expect((await house.ask(getProvider, { id })).last_synced_at).toBeDefined()
    const own = await create({ base_url: 'http://localhost:1' })
    expect(await house.ask(syncModels, { id: own.id })).toEqual({ status: 'not_supported' })
  })

  test('models belong to a provider, once each, and tell what is known of them', async () => {
    const provider = await create()
    const made = await house.ask(createModel, { provider_id: provider.id, model_id: 'gpt-5', display_name: 'Five' })
    expect(made).toMatchObject({
      enabled: true,
      is_favorite: false,
      source: 'manual',
      capabilities: [],
      provider_id: provider.id,
    })
    expect(made).not.toHaveProperty('provider_name')
    const again = house.ask(createModel, { provider_id: provider.id, model_id: 'gpt-5', display_name: 'Five' })
    await expect(again).rejects.toMatchObject({ kind: 'conflict' })
    const read = await house.ask(getModel, { id: made.id })
    expect(read).toMatchObject({ provider_name: 'Mine', provider_type: 'openai', healthy: false, model_vendor: 'openai' })
    expect(read.profile?.reasoning).toBe(true)
    await house.ask(updateModel, { id: made.id, is_favorite: true })
    expect((await house.ask(listAllModels, { favorites_only: 'true' })).data.map(({ id }) => id)).toEqual([made.id])
    expect((await house.ask(listProviderModels, { provider_id: provider.id })).data).toHaveLength(1)
    await house.ask(createModel, { provider_id: provider.id, model_id: 'taken', display_name: 'T' })
    await expect(house.ask(updateModel, { id: made.id, model_id: 'taken' })).rejects.toMatchObject({ kind: 'conflict' })
  })

  test('what had chosen a model that goes away has no choice any more', async () => {
    const provider = await create()
    const model = (name: string) => house.ask(createModel, { provider_id: provider.id, model_id: name, display_name: name })
    const [one, two] = [await model('one'), await model('two')]
    const made = await house.ask(createAgent, { name: 'chooser', system_prompt: 'x', model: one.id })
    expect(made).toMatchObject({ model: one.id, default_model_id: one.id })
    expect((await house.ask(updateAgent, { agent_id: 'chooser', model: 'two' })).default_model_id).toBe(two.id)
    await house.ask(deleteModel, { id: two.id })
    expect((await house.ask(getAgent, { agent_id: 'chooser' })).model).toBeUndefined()
    await house.ask(updateAgent, { agent_id: 'chooser', default_model_id: one.id })
    await house.ask(deleteProvider, { id: provider.id })
    expect((await house.ask(getAgent, { agent_id: 'chooser' })).model).toBeUndefined()
    await expect(house.ask(getModel, { id: one.id })).rejects.toMatchObject({ kind: 'not_found' })
    await expect(house.ask(updateAgent, { agent_id: 'chooser', default_model_id: one.id })).rejects.toMatchObject({
      kind: 'not_found',
    })
  })

  test('a disabled model cannot be chosen', async () => {
    const provider = await create()
    const made = await house.ask(createModel, { provider_id: provider.id, model_id: 'off', display_name: 'Off', enabled: false })
    const chosen = house.ask(createAgent, { name: 'off-chooser', system_prompt: 'x', default_model_id: made.id })
    await expect(chosen).rejects.toMatchObject({ kind: 'bad_request', code: 'model_disabled' })
    const fromModel = await resolveModel(house.db.engine, defaultOrgId, drivers, fromWire('model', made.id))
    expect(fromModel).toEqual({ unavailable: 'model_unavailable' })
  })

  test('the configuration tells how each driver is set up', async () => {
    const config = await house.ask(providerConfig)
    expect(config.drivers).toMatchObject([{ driver: 'llmsim', supports_oauth: false, credential_schema: { fields: [] } }])
    expect(config.policies['providers.manage']).toBe(true)
  })
})

describe('the default model', () => {
  let house: OperationHouse
  beforeEach(async () => {
    house = await operationHouse()
    return () => house.close()
  })
  const seed = (envKeys: Record<string, string> = {}) => seedDefaults(house.db, { sealer: house.sealer, envKeys, log })
  const resolve = () => resolveModel(house.db.engine, defaultOrgId, drivers, null)

  test('is the simulator until a provider has its key, then that provider’s best; a choice stays', async () => {
    expect(await resolve()).toEqual({ unavailable: 'model_not_configured' })
    await seed()
    expect(await resolve()).toMatchObject({ model: 'llmsim-default', providerType: 'llmsim', keyVersion: null })
    await house.ask(updateProvider, { id: openAi, api_key: key })
    const best = await resolve()
    expect(best).toMatchObject({ providerType: 'openai', model: expect.stringMatching(/^gpt-/) })
    const { data } = await house.ask(listAllModels)
    const latency = data.find(({ model_id }) => model_id === 'llmsim-latency')
    await house.ask(updateOrganization, { org: toWire('org', defaultOrgId), default_model_id: latency?.id })
    await seed({ openai: 'other' })
    expect(await resolve()).toMatchObject({ model: 'llmsim-latency' })
  })

  test('a key from the environment is used where there is none, and the key’s version changes with the key', async () => {
    await seed({ openai: 'from-environment' })
    const first = await resolve()
    await seed({ openai: 'changed' })
    expect(await resolve()).toEqual(first)
    const lease = { lease: { step: 'reason' } }
    const read = () => house.ask(resolveCredentials, { provider_id: fromWire('provider', openAi) ?? '' }, lease)
    expect(await read()).toMatchObject({ api_key: 'from-environment' })
    await house.ask(updateProvider, { id: openAi, api_key: 'by hand' })
    expect(await resolve()).not.toEqual(first)
  })

  test('starting again, and on several replicas at once, adds nothing twice', async () => {
    await Promise.all([seed(), seed(), seed()])
    const before = await house.ask(listAllModels)
    await seed()
    expect((await house.ask(listAllModels)).data).toEqual(before.data)
    expect((await house.ask(listProviders)).data.map(({ name }) => name)).toHaveLength(3)
    const anthropic = 'provider_01933b5a000070008000000000000002'
    await house.ask(deleteProvider, { id: anthropic })
    await seed()
    expect((await house.ask(listProviders)).data.map(({ name }) => name)).not.toContain('Anthropic')
  })
})
