// POST /v1/agents/preview: what a model would be told, and what looks wrong about it.
import { z } from 'zod'
import { newId } from '../../contract/ids.ts'
import type { JsonObject } from '../../contract/json.ts'
import type { ClientTool } from '../../turn/session-config.ts'
import { operation } from '../context.ts'
import { harnessChain, harnessLayer } from '../harnesses/chain.ts'
import { requireActiveHarness } from '../harnesses/find.ts'
import { capabilityRefs } from '../shared/capability-refs.ts'
import { clientTools } from '../shared/client-tools.ts'
import { mcpServers } from '../shared/mcp-servers.ts'
import { emptyLayer, preview, previewed, toPreview } from '../shared/preview.ts'
import { stored } from '../shared/stored.ts'
import { finding, findingsOf } from './findings.ts'
import { systemPrompt } from './input.ts'

export const previewAgent = operation({
  name: 'preview_agent',
  route: 'POST /v1/agents/preview',
  tag: 'agents',
  summary: 'The prompt and tools an agent would have, without storing it.',
  needs: 'agents.view',
  class: 'read',
  input: z
    .object({
      system_prompt: systemPrompt,
      capabilities: capabilityRefs.nullish(),
      tools: clientTools.nullish(),
      mcpServers: mcpServers.nullish(),
      /** With the harness it would run on; without one the agent's own part alone is shown. */
      harness_id: z.string().nullish(),
    })
    .meta({ id: 'PreviewAgentRequest' }),
  output: z.object({ ...preview, findings: z.array(finding) }).meta({ id: 'AgentPreviewResponse' }),
  example: { input: { system_prompt: 'You are terse.', capabilities: ['current_time'] } },

  async run(ctx, { system_prompt, capabilities, tools, mcpServers: servers, harness_id }) {
    const harness = harness_id ? await requireActiveHarness(ctx.tx, ctx.orgId, harness_id) : null
    const inherited = harness ? await harnessChain(ctx.tx, ctx.orgId, harness.id) : []
    const draft = {
      ...emptyLayer,
      systemPrompt: system_prompt,
      capabilities: capabilities ?? [],
      tools: stored<ClientTool[]>(tools ?? []),
      mcpServers: stored<JsonObject>(servers ?? {}),
    }
    const merged = previewed(ctx, [...inherited.map(harnessLayer), { ...draft, source: 'agent', id: newId() }])
    return { ...toPreview(merged), findings: findingsOf(system_prompt, merged.issues) }
  },
})
