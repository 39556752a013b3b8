// The organisation's default model: the explicit choice, else what its providers allow.
import type { Kysely } from 'kysely'
import type { Uuid } from '../../contract/ids.ts'
import type { Database } from '../../db/schema.ts'
import { defaultModel as bestKnown } from '../../llm/catalogue.ts'
import type { Ctx } from '../context.ts'
import { findOrganization } from '../organizations/store.ts'
import { findModel, type ModelRow, modelsOfOrg } from './store.ts'
import { isHealthy } from './usable.ts'

const simulator = 'llmsim'

/**
 * Without an explicit choice: the catalogue's default of the oldest provider that has its key, else any enabled model of such a
 * provider, else the simulator's. Undefined when there is none at all.
 */
export async function defaultModel(tx: Kysely<Database>, orgId: Uuid, drivers: Ctx['drivers']): Promise<ModelRow | undefined> {
  const organization = await findOrganization(tx, orgId)
  if (organization?.default_model_id) return findModel(tx, orgId, organization.default_model_id)
  const usable = (await modelsOfOrg(tx, orgId)).filter((model) => model.enabled && isHealthy(model, drivers))
  const real = usable.filter((model) => model.provider_type !== simulator)
  return pick(real) ?? pick(usable)
}

/** Models come provider by provider, oldest first: the first one that its driver prefers, else the first. */
const pick = (models: readonly ModelRow[]): ModelRow | undefined =>
  models.find((model) => model.model_id === bestKnown(model.provider_type)?.id) ?? models[0]
