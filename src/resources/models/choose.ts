// The model that a caller names for an agent, a harness or the organisation.
import type { Transaction } from 'kysely'
import { fromWire, type Uuid } from '../../contract/ids.ts'
import { Problem } from '../../contract/problem.ts'
import type { Database } from '../../db/schema.ts'
import { findModel, findModelByName } from './store.ts'

/**
 * `model_<32 hex>`, or the provider's own name for it (`gpt-5`), → the model's UUID. Problem `not_found`; `bad_request` when it is
 * disabled.
 */
export async function chosenModel(tx: Transaction<Database>, orgId: Uuid, text: string): Promise<Uuid> {
  const id = fromWire('model', text)
  const row = id ? await findModel(tx, orgId, id) : await findModelByName(tx, orgId, text)
  if (!row && !id)
    throw new Problem('bad_request', `There is no model ${text}; give a model id (model_…) or a provider's model name`)
  if (!row) throw new Problem('not_found', `There is no model ${text}`)
  if (!row.enabled) throw new Problem('bad_request', `The model ${row.display_name} is disabled`, { code: 'model_disabled' })
  return row.id
}
