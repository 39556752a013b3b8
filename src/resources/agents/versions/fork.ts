// POST /v1/agents/{agent_id}/versions/{version_id}/fork: a new agent from an old version.
import { z } from 'zod'
import { newId } from '../../../contract/ids.ts'
import { operation } from '../../context.ts'
import { holdOrganization } from '../../organizations/store.ts'
import { wireId } from '../../shared/ids.ts'
import { kib, textUpTo } from '../../shared/limits.ts'
import { slug } from '../../shared/slug.ts'
import { requireAgent } from '../find.ts'
import { agent, toAgent } from '../shape.ts'
import { addAgent } from '../write.ts'
import { requireVersion } from './find.ts'
import { restoredColumns } from './restore.ts'

export const forkAgentVersion = operation({
  name: 'fork_agent_version',
  route: 'POST /v1/agents/{agent_id}/versions/{version_id}/fork',
  tag: 'agents',
  summary: 'Make a new agent from a version; it remembers where it came from.',
  needs: 'agents.manage',
  class: 'write',
  input: z
    .object({
      agent_id: z.string(),
      version_id: wireId('agentVersion'),
      name: slug,
      display_name: textUpTo(255).nullish(),
      description: textUpTo(10 * kib).nullish(),
    })
    .meta({ id: 'ForkAgentVersionRequest' }),
  output: agent,

  async run(ctx, { agent_id, version_id, name, display_name, description }) {
    const { tx, orgId, urls } = ctx
    await holdOrganization(tx, orgId)
    const source = await requireAgent(tx, orgId, agent_id)
    const version = await requireVersion(tx, orgId, source.id, version_id)
    const columns = await restoredColumns(ctx, version, source.harness_id)
    const lineage = {
      forked_from_agent_id: source.id,
      forked_from_version_id: version.id,
      root_agent_id: source.root_agent_id ?? source.id,
    }
    const texts = { display_name: display_name ?? columns.display_name, description: description ?? columns.description }
    const mark = { kind: 'fork' as const, source: version.id }
    return toAgent(urls, await addAgent(ctx, { ...columns, ...texts, ...lineage, name }, newId(), mark))
  },
})
