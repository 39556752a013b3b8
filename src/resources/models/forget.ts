// A model goes away: everything that had chosen it has no choice of its own any more, and inherits.
import type { Transaction } from 'kysely'
import type { Uuid } from '../../contract/ids.ts'
import type { Database } from '../../db/schema.ts'

export async function forgetModels(tx: Transaction<Database>, orgId: Uuid, models: readonly Uuid[]): Promise<void> {
  if (models.length === 0) return
  const chosen = { default_model_id: null }
  await tx.updateTable('organizations').set(chosen).where('id', '=', orgId).where('default_model_id', 'in', models).execute()
  await tx.updateTable('harnesses').set(chosen).where('org_id', '=', orgId).where('default_model_id', 'in', models).execute()
  await tx.updateTable('agents').set(chosen).where('org_id', '=', orgId).where('default_model_id', 'in', models).execute()
  await tx.updateTable('sessions').set({ model_id: null }).where('org_id', '=', orgId).where('model_id', 'in', models).execute()
}
