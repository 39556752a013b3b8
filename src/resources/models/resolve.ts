// From a choice of model to what a worker needs to call it.
import type { Kysely } from 'kysely'
import type { Uuid } from '../../contract/ids.ts'
import type { JsonObject } from '../../contract/json.ts'
import type { Database } from '../../db/schema.ts'
import { findModel as findKnown } from '../../llm/catalogue.ts'
import type { ResolvedModel } from '../../turn/session-config.ts'
import type { Ctx } from '../context.ts'
import { keyVersionOf } from '../providers/secrets.ts'
import { stored } from '../shared/stored.ts'
import { defaultModel } from './default.ts'
import { findModel, type ModelRow } from './store.ts'
import { isHealthy } from './usable.ts'

type Resolution = ResolvedModel | { unavailable: string }

/**
 * `chosen` is the innermost explicit choice (message, session, agent, nearest harness); null asks for the organisation's default.
 * `model_unavailable`: chosen, but gone, disabled, or its provider cannot be used. `model_not_configured`: nothing to choose from.
 */
export async function resolveModel(
  tx: Kysely<Database>,
  orgId: Uuid,
  drivers: Ctx['drivers'],
  chosen: Uuid | null,
): Promise<Resolution> {
  const row = chosen ? await findModel(tx, orgId, chosen) : await defaultModel(tx, orgId, drivers)
  if (!row) return { unavailable: chosen ? 'model_unavailable' : 'model_not_configured' }
  return row.enabled && isHealthy(row, drivers) ? resolved(row) : { unavailable: 'model_unavailable' }
}

function resolved(row: ModelRow): ResolvedModel {
  const profile = findKnown(row.provider_type, row.model_id)?.profile
  return {
    modelId: row.id,
    model: row.model_id,
    providerId: row.provider_id,
    providerType: row.provider_type,
    baseUrl: row.base_url,
    settings: stored<JsonObject>(row.settings),
    keyVersion: keyVersionOf(row.credentials),
    reasoning: profile?.reasoning ?? false,
    temperature: profile?.temperature ?? true,
    defaultEffort: profile?.reasoning_effort?.default ?? null,
    contextTokens: profile?.limits?.context ?? null,
    maxOutputTokens: profile?.limits?.output ?? null,
  }
}
