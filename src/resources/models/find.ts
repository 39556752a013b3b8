// A model of the caller's organisation, or the Problem that it is not there.
import type { Kysely } from 'kysely'
import { toWire, type Uuid } from '../../contract/ids.ts'
import { Problem } from '../../contract/problem.ts'
import type { Database } from '../../db/schema.ts'
import { findModel, type ModelRow } from './store.ts'

/** Problem `not_found`. */
export async function requireModel(tx: Kysely<Database>, orgId: Uuid, id: Uuid): Promise<ModelRow> {
  return (await findModel(tx, orgId, id)) ?? noModel(id)
}

export function noModel(id: Uuid): never {
  throw new Problem('not_found', `There is no model ${toWire('model', id)}`)
}
