// An agent as callers name it, or the Problem that it is not there.
import type { Kysely } from 'kysely'
import type { Uuid } from '../../contract/ids.ts'
import { Problem } from '../../contract/problem.ts'
import type { Database } from '../../db/schema.ts'
import { nameOrId } from '../shared/ids.ts'
import { type AgentRow, findAgent } from './store.ts'

/** By id or name, archived ones too. Problem `not_found`, `bad_request` for a text that is neither. */
export async function requireAgent(tx: Kysely<Database>, orgId: Uuid, text: string): Promise<AgentRow> {
  const row = await findAgent(tx, orgId, nameOrId('agent', text))
  if (!row) throw new Problem('not_found', `There is no agent ${text}`)
  return row
}

export function agentNameTaken(name: string): never {
  throw new Problem('conflict', `There is already an agent ${name}`, { code: 'agent_name_taken' })
}
