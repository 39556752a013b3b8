// What agent create, upsert, update and import take, and the columns it becomes.
import { z } from 'zod'
import type { Uuid } from '../../contract/ids.ts'
import { toJsonText } from '../../contract/json.ts'
import { Problem } from '../../contract/problem.ts'
import type { Ctx } from '../context.ts'
import { defaultHarness, requireActiveHarness } from '../harnesses/find.ts'
import { authoredColumns, authoredFields } from '../shared/authored.ts'
import { clientTools } from '../shared/client-tools.ts'
import { wireId } from '../shared/ids.ts'
import { mib, textUpTo } from '../shared/limits.ts'
import { slug } from '../shared/slug.ts'
import type { AgentRow } from './store.ts'

/** Everything that is not required and means the same wherever it is given. */
export const agentFields = {
  ...authoredFields,
  /** What the official TypeScript SDK calls `default_model_id`. */
  model: z.string().nullish(),
  harness_id: z.string().nullish(),
  harness_name: z.string().nullish(),
  max_iterations: z.number().int().min(1).max(10_000).nullish(),
  tools: clientTools.nullish(),
}
export const systemPrompt = textUpTo(mib)

/** A whole agent, as create, upsert and import take it. */
export const wholeAgent = { id: wireId('agent').nullish(), name: slug, system_prompt: systemPrompt, ...agentFields }

const fields = z.object(agentFields)
type Given = z.output<typeof fields>

/** The columns of what is given, and of nothing else. Problems of authoredColumns and of the harness. */
export async function agentColumns(ctx: Ctx, given: Given, row?: AgentRow) {
  const { model, default_model_id, max_iterations, tools } = given
  const harness_id = await givenHarness(ctx, given)
  return {
    ...(await authoredColumns(ctx, { ...given, default_model_id: model === undefined ? default_model_id : model }, row)),
    ...(harness_id && { harness_id }),
    ...(max_iterations !== undefined && { max_iterations }),
    ...(tools && { tools: toJsonText(tools) }),
  }
}

/** Problem `bad_request` when it is named twice. */
async function givenHarness({ tx, orgId }: Ctx, { harness_id, harness_name }: Given): Promise<Uuid | undefined> {
  if (harness_id && harness_name) throw new Problem('bad_request', 'Give harness_id or harness_name, not both')
  const text = harness_id || harness_name
  return text ? (await requireActiveHarness(tx, orgId, text)).id : undefined
}

/** What a whole agent has where the caller says nothing. */
export const agentDefaults = async ({ tx, orgId }: Ctx) => ({
  display_name: null,
  description: null,
  initial_files: '[]',
  mcp_servers: '{}',
  tools: '[]',
  network_access: null,
  default_model_id: null,
  max_iterations: null,
  parallel_tool_calls: null,
  tags: [] as string[],
  harness_id: (await defaultHarness(tx, orgId)).id,
})
