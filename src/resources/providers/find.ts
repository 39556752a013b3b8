// A provider of the caller's organisation, or the Problem that it is not there.
import type { Transaction } from 'kysely'
import { toWire, type Uuid } from '../../contract/ids.ts'
import { Problem } from '../../contract/problem.ts'
import type { Database } from '../../db/schema.ts'
import { findProvider, type ProviderRow } from './store.ts'

/** Problem `not_found`. */
export async function requireProvider(tx: Transaction<Database>, orgId: Uuid, id: Uuid): Promise<ProviderRow> {
  return (await findProvider(tx, orgId, id)) ?? noProvider(id)
}

export function noProvider(id: Uuid): never {
  throw new Problem('not_found', `There is no provider ${toWire('provider', id)}`)
}
