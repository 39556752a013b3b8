// POST /v1/harnesses/preview
import { z } from 'zod'
import { newId } from '../../contract/ids.ts'
import type { JsonObject } from '../../contract/json.ts'
import { operation } from '../context.ts'
import { capabilityRefs } from '../shared/capability-refs.ts'
import { wireId } from '../shared/ids.ts'
import { mib, textUpTo } from '../shared/limits.ts'
import { mcpServers } from '../shared/mcp-servers.ts'
import { emptyLayer, preview, previewed, toPreview } from '../shared/preview.ts'
import { stored } from '../shared/stored.ts'
import { harnessChain, harnessLayer } from './chain.ts'
import { checkedParent } from './parent.ts'

export const previewHarness = operation({
  name: 'preview_harness',
  route: 'POST /v1/harnesses/preview',
  tag: 'harnesses',
  summary: 'The prompt and tools a harness would give, without storing it.',
  needs: 'harnesses.view',
  class: 'read',
  input: z
    .object({
      parent_harness_id: wireId('harness').nullish(),
      system_prompt: textUpTo(mib).nullish(),
      capabilities: capabilityRefs.nullish(),
      mcpServers: mcpServers.nullish(),
    })
    .meta({ id: 'PreviewHarnessRequest' }),
  output: z.object(preview).meta({ id: 'HarnessPreviewResponse' }),
  example: { input: { system_prompt: 'You are terse.', capabilities: ['current_time'] } },

  async run(ctx, { parent_harness_id, system_prompt, capabilities, mcpServers: servers }) {
    const parent = parent_harness_id ? await checkedParent(ctx, parent_harness_id) : null
    const inherited = parent ? await harnessChain(ctx.tx, ctx.orgId, parent) : []
    const draft = {
      ...emptyLayer,
      systemPrompt: system_prompt ?? null,
      capabilities: capabilities ?? [],
      mcpServers: servers ? stored<JsonObject>(servers) : {},
    }
    return toPreview(previewed(ctx, [...inherited.map(harnessLayer), { ...draft, source: 'harness', id: newId() }]))
  },
})
