// A version of an agent, or the Problem that it is not there.
import type { Kysely } from 'kysely'
import { toWire, type Uuid } from '../../../contract/ids.ts'
import { Problem } from '../../../contract/problem.ts'
import type { Database } from '../../../db/schema.ts'
import { findVersion, type VersionRow } from './store.ts'

/** Problem `not_found`, also for a version of another agent. */
export async function requireVersion(tx: Kysely<Database>, orgId: Uuid, agentId: Uuid, id: Uuid): Promise<VersionRow> {
  const row = await findVersion(tx, orgId, agentId, id)
  if (!row) throw new Problem('not_found', `This agent has no version ${toWire('agentVersion', id)}`)
  return row
}
