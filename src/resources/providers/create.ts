// POST /v1/providers
import { z } from 'zod'
import { newId } from '../../contract/ids.ts'
import { toJsonText } from '../../contract/json.ts'
import { operation } from '../context.ts'
import { bumpConfigRevision } from '../organizations/store.ts'
import { sealSecrets } from './secrets.ts'
import { provider, providerFields, toProvider } from './shape.ts'
import { insertProvider } from './store.ts'

export const createProvider = operation({
  name: 'create_provider',
  route: 'POST /v1/providers',
  tag: 'providers',
  summary: 'Add a model provider; its key is stored encrypted.',
  needs: 'providers.manage',
  class: 'write',
  input: z
    .object({
      name: providerFields.name,
      provider_type: providerFields.provider_type,
      base_url: providerFields.base_url.nullish(),
      api_key: providerFields.api_key.nullish(),
      credentials: providerFields.credentials.nullish(),
      settings: providerFields.settings.nullish(),
      trace: providerFields.trace.nullish(),
    })
    .meta({ id: 'CreateProviderRequest' }),
  output: provider,
  status: 201,
  example: { input: { name: 'OpenAI', provider_type: 'openai', api_key: 'sk-…' } },

  async run({ tx, orgId, urls, sealer }, input) {
    const id = newId()
    const secrets = secretsGiven(input)
    await bumpConfigRevision(tx, orgId)
    const row = await insertProvider(tx, {
      id,
      org_id: orgId,
      name: input.name,
      provider_type: input.provider_type,
      base_url: input.base_url,
      credentials: secrets ? toJsonText(sealSecrets(sealer, id, secrets)) : null,
      settings: toJsonText(input.settings ?? {}),
      trace: input.trace ? toJsonText(input.trace) : null,
    })
    return toProvider(urls, row)
  },
})

interface Given {
  api_key?: string | null
  credentials?: Record<string, string> | null
}

/** Several fields win over the single key. Null: nothing was given. An empty key or no fields at all is no key. */
export function secretsGiven({ api_key, credentials }: Given) {
  if (credentials && Object.keys(credentials).length > 0) return { api_key: credentials.api_key, credentials }
  return api_key ? { api_key } : null
}
