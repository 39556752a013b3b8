// A capability of the catalogue on the wire.
import { z } from 'zod'
import type { Capability } from '../../contract/capability.ts'
import { jsonSchemaOf, parseConfig, toolDefinition, toolsOf } from '../../turn/runtime-agent.ts'
import type { Ctx } from '../context.ts'
import { links, linksTo } from '../shared/links.ts'
import { unlessEmpty } from '../shared/stored.ts'
import type { CapabilityUse } from './store.ts'

export const capabilityInfo = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    status: z.string(),
    icon: z.string().optional(),
    category: z.string().optional(),
    risk_level: z.enum(['low', 'medium', 'high']).meta({ id: 'RiskLevel' }),
    dependencies: z.array(z.string()).optional(),
    features: z.array(z.string()).optional(),
    config_schema: z.record(z.string(), z.any()).optional(),
    config_ui_schema: z.record(z.string(), z.any()).optional(),
    system_prompt: z.string().optional(),
    tool_definitions: z.array(z.record(z.string(), z.any())).optional(),
    docs_slug: z.string().optional(),
    is_mcp: z.boolean(),
    is_skill: z.boolean(),
    is_guardrail: z.boolean(),
    agent_count: z.number().int(),
    harness_count: z.number().int(),
    ...links,
  })
  .meta({ id: 'WithUrls_CapabilityInfo' })

/** Record → wire; prompt and tools as they are without any configuration. */
export function toCapabilityInfo(
  ctx: Pick<Ctx, 'urls' | 'now'>,
  capability: Capability,
  use: CapabilityUse,
): z.input<typeof capabilityInfo> {
  const { id } = capability
  return {
    ...described(capability),
    ...unconfigured(capability, ctx.now()),
    is_mcp: false,
    is_skill: false,
    is_guardrail: false,
    agent_count: use.agents,
    harness_count: use.harnesses,
    ...linksTo(ctx.urls, `capabilities/${id}`, `capabilities/${id}`),
  }
}

const described = (capability: Capability) => ({
  id: capability.id,
  name: capability.name,
  description: capability.description,
  status: capability.status ?? 'available',
  icon: capability.icon,
  category: capability.category,
  risk_level: capability.risk ?? 'low',
  dependencies: unlessEmpty(capability.dependencies ?? []),
  features: unlessEmpty(capability.features ?? []),
  config_schema: capability.config && jsonSchemaOf(capability.config),
  config_ui_schema: capability.configUiSchema,
  docs_slug: capability.docsSlug,
})

function unconfigured(capability: Capability, inputAt: Date) {
  const parsed = parseConfig(capability, undefined)
  const config = 'config' in parsed ? parsed.config : {}
  const { prompt } = capability
  const text = typeof prompt === 'function' ? prompt({ config, locale: 'en', timezone: 'UTC', inputAt }) : prompt
  return {
    system_prompt: text ?? undefined,
    tool_definitions: unlessEmpty(toolsOf(capability, config).map(toolDefinition)),
  }
}
