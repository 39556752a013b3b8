// PATCH /v1/providers/{id}: only what is given changes; `base_url` and `trace` are cleared by null, the key by an empty text.
import type { Updateable } from 'kysely'
import { z } from 'zod'
import type { Uuid } from '../../contract/ids.ts'
import { toJsonText } from '../../contract/json.ts'
import type { Providers } from '../../db/schema-resources.ts'
import type { Sealer } from '../../db/seal.ts'
import { operation } from '../context.ts'
import { bumpConfigRevision } from '../organizations/store.ts'
import { wireId } from '../shared/ids.ts'
import { secretsGiven } from './create.ts'
import { noProvider } from './find.ts'
import { sealSecrets } from './secrets.ts'
import { provider, providerFields, toProvider } from './shape.ts'
import { updateProvider as updateRow } from './store.ts'

const input = z
  .object({
    id: wireId('provider'),
    name: providerFields.name.nullish(),
    provider_type: providerFields.provider_type.nullish(),
    base_url: providerFields.base_url.nullish(),
    api_key: providerFields.api_key.nullish(),
    credentials: providerFields.credentials.nullish(),
    settings: providerFields.settings.nullish(),
    trace: providerFields.trace.nullish(),
    status: providerFields.status.nullish(),
  })
  .meta({ id: 'UpdateProviderRequest' })

export const updateProvider = operation({
  name: 'update_provider',
  route: 'PATCH /v1/providers/{id}',
  tag: 'providers',
  summary: 'Change a provider; fields that are left out keep their value.',
  needs: 'providers.manage',
  class: 'write',
  input,
  output: provider,
  example: { input: { id: 'provider_01933b5a000070008000000000000001', api_key: 'sk-…' } },

  async run({ tx, orgId, urls, sealer, now }, given) {
    await bumpConfigRevision(tx, orgId)
    const changes = { ...changesOf(given), ...credentialChange(sealer, given.id, given), updated_at: now() }
    const row = (await updateRow(tx, orgId, given.id, changes)) ?? noProvider(given.id)
    return toProvider(urls, row)
  },
})

type Given = z.output<typeof input>

const changesOf = ({ name, provider_type, base_url, settings, trace, status }: Given): Updateable<Providers> => ({
  ...(name != null && { name }),
  ...(provider_type != null && { provider_type }),
  ...(base_url !== undefined && { base_url }),
  ...(settings != null && { settings: toJsonText(settings) }),
  ...(trace !== undefined && { trace: trace && toJsonText(trace) }),
  ...(status != null && { status }),
})

function credentialChange(sealer: Sealer, id: Uuid, given: Given): Updateable<Providers> {
  if (given.api_key == null && given.credentials == null) return {}
  const secrets = secretsGiven(given)
  return { credentials: secrets && toJsonText(sealSecrets(sealer, id, secrets)) }
}
