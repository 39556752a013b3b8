// The one way an agent's row is made and changed: every authored change leaves a version behind.
import type { Insertable, Updateable } from 'kysely'
import type { z } from 'zod'
import { newId, type Uuid } from '../../contract/ids.ts'
import { Problem } from '../../contract/problem.ts'
import type { Agents } from '../../db/schema-resources.ts'
import type { Ctx } from '../context.ts'
import { bumpConfigRevision } from '../organizations/store.ts'
import { refuseArchived } from '../shared/lifecycle.ts'
import { agentNameTaken } from './find.ts'
import { agentColumns, agentDefaults, type wholeAgent } from './input.ts'
import { type AgentRow, findAgentByName, insertAgent, updateAgent } from './store.ts'
import { type Mark, recordVersion } from './versions/record.ts'

export type WholeAgent = z.output<z.ZodObject<typeof wholeAgent>>
type NewAgent = Omit<Insertable<Agents>, 'id' | 'org_id'>

/** Problem `conflict`: `agent_name_taken`, or `agent_id_taken` for the id of one that was deleted. */
export async function addAgent(
  ctx: Ctx,
  columns: NewAgent,
  id: Uuid = newId(),
  mark: Mark = { kind: 'auto' },
): Promise<AgentRow> {
  const { tx, orgId } = ctx
  const row = await insertAgent(tx, { ...columns, id, org_id: orgId })
  if (!row) {
    if (await findAgentByName(tx, orgId, columns.name)) agentNameTaken(columns.name)
    throw new Problem('conflict', 'This agent id was used before', { code: 'agent_id_taken' })
  }
  await recordVersion(ctx, row, mark)
  return row
}

/** Running turns notice. Problem `conflict` when the new name is taken. */
export async function changeAgent(
  ctx: Ctx,
  row: AgentRow,
  changes: Updateable<Agents>,
  mark: Mark = { kind: 'auto' },
): Promise<AgentRow> {
  const { tx, orgId, now } = ctx
  const renamed = typeof changes.name === 'string' && changes.name !== row.name ? changes.name : null
  if (renamed && (await findAgentByName(tx, orgId, renamed))) agentNameTaken(renamed)
  await bumpConfigRevision(tx, orgId)
  const changed = await updateAgent(tx, orgId, row.id, { ...changes, updated_at: now() })
  await recordVersion(ctx, changed, mark)
  return changed
}

/** A new agent of everything given; the rest has its defaults. */
export async function createWhole(ctx: Ctx, given: WholeAgent, id?: Uuid, mark?: Mark): Promise<AgentRow> {
  const columns = { ...(await agentDefaults(ctx)), ...(await agentColumns(ctx, given)) }
  return addAgent(ctx, { ...columns, name: given.name, system_prompt: given.system_prompt }, id, mark)
}

/** Everything is replaced, what is not given by its default; no capabilities keep the ones it has. */
export async function replaceWhole(ctx: Ctx, row: AgentRow, given: WholeAgent, mark?: Mark): Promise<AgentRow> {
  refuseArchived(row)
  const capabilities = given.capabilities?.length ? given.capabilities : undefined
  const columns = { ...(await agentDefaults(ctx)), ...(await agentColumns(ctx, { ...given, capabilities }, row)) }
  return changeAgent(ctx, row, { ...columns, name: given.name, system_prompt: given.system_prompt }, mark)
}
