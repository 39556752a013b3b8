// What a worker asks right before a model call. The only door through which a provider's key leaves the control plane.
import { z } from 'zod'
import { Problem } from '../../contract/problem.ts'
import { operation } from '../context.ts'
import { stored } from '../shared/stored.ts'
import { requireProvider } from './find.ts'
import { openSecrets } from './secrets.ts'

/** Problem `forbidden` outside a held task, `not_found` for a provider of another organisation, `conflict` for a disabled one. */
export const resolveCredentials = operation({
  name: 'resolve_credentials',
  tag: 'providers',
  summary: 'The credentials, address and settings of a provider, for the step that holds the lease.',
  needs: 'providers.view',
  class: 'read',
  audience: 'worker',
  input: z.object({ provider_id: z.guid() }),
  output: z.object({
    api_key: z.string().optional(),
    credentials: z.record(z.string(), z.string()).optional(),
    base_url: z.string().optional(),
    settings: z.record(z.string(), z.any()),
  }),

  async run({ tx, orgId, sealer, lease }, { provider_id }) {
    if (!lease) throw new Problem('forbidden', 'Credentials are only given to a step that is being run')
    const row = await requireProvider(tx, orgId, provider_id)
    if (row.status === 'disabled')
      throw new Problem('conflict', `The provider ${row.name} is disabled`, { code: 'provider_disabled' })
    const secrets = row.credentials === null ? {} : openSecrets(sealer, row.id, row.credentials)
    return {
      ...secrets,
      base_url: row.base_url ?? undefined,
      settings: stored<Record<string, unknown>>(row.settings),
    }
  },
})
