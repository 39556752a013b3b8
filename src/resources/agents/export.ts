// GET /v1/agents/{agent_id}/export: the agent as a Markdown file that import takes back.
import { z } from 'zod'
import { toWire } from '../../contract/ids.ts'
import { answer } from '../../contract/operation.ts'
import { operation } from '../context.ts'
import { requireHarness } from '../harnesses/find.ts'
import { agentFile } from './file/write.ts'
import { requireAgent } from './find.ts'

export const exportAgent = operation({
  name: 'export_agent',
  route: 'GET /v1/agents/{agent_id}/export',
  tag: 'agents',
  summary: 'An agent as a Markdown file with front matter.',
  needs: 'agents.view',
  class: 'read',
  input: z.object({ agent_id: z.string() }),
  output: z.string(),
  produces: 'text/markdown',

  async run({ tx, orgId }, { agent_id }) {
    const row = await requireAgent(tx, orgId, agent_id)
    const harness = await requireHarness(tx, orgId, toWire('harness', row.harness_id))
    return answer(agentFile(row, harness.name), {
      type: 'text/markdown; charset=utf-8',
      headers: { 'content-disposition': `attachment; filename="${row.name}.md"` },
    })
  },
})
