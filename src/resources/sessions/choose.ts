// Which harness, agent and model a new session gets.
import type { Uuid } from '../../contract/ids.ts'
import { Problem } from '../../contract/problem.ts'
import { requireAgent } from '../agents/find.ts'
import type { AgentRow } from '../agents/store.ts'
import type { Ctx } from '../context.ts'
import { defaultHarness, requireActiveHarness } from '../harnesses/find.ts'
import { chosenModel } from '../models/choose.ts'
import type { NewSession } from './input.ts'

export interface Choice {
  harnessId: Uuid
  agentId: Uuid | null
  agentVersionId: Uuid | null
  /** Only where the caller named one; else it is resolved turn by turn. */
  modelId: Uuid | null
}

/**
 * The harness: the caller's, else the agent's, else the organisation's default. Problems: `not_found` for what is not there,
 * `bad_request` for what is archived or disabled and for an id together with a name.
 */
export async function choose({ tx, orgId }: Ctx, given: NewSession): Promise<Choice> {
  const agentText = oneOf('agent', given.agent_id, given.agent_name)
  const harnessText = oneOf('harness', given.harness_id, given.harness_name)
  const agent = agentText ? active(await requireAgent(tx, orgId, agentText)) : null
  const harness = harnessText ? await requireActiveHarness(tx, orgId, harnessText) : null
  return {
    harnessId: harness?.id ?? agent?.harness_id ?? (await defaultHarness(tx, orgId)).id,
    agentId: agent?.id ?? null,
    agentVersionId: agent?.default_version_id ?? null,
    modelId: given.model_id ? await chosenModel(tx, orgId, given.model_id) : null,
  }
}

function active(agent: AgentRow): AgentRow {
  if (agent.status === 'active') return agent
  throw new Problem('bad_request', `The agent ${agent.name} is archived`, { code: 'agent_archived' })
}

function oneOf(noun: string, id: string | null | undefined, name: string | null | undefined): string | undefined {
  if (id && name) throw new Problem('bad_request', `Give ${noun}_id or ${noun}_name, not both`, { code: 'validation_failed' })
  return id || name || undefined
}
