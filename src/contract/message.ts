// A message as people and models exchange it. Messages are not a table: they are read off the events.
import { z } from 'zod'
import { contentPart } from './content.ts'

export const reasoningEfforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'] as const

export const controls = z
  .object({
    model_id: z.string().nullish(),
    reasoning: z.object({ effort: z.enum(reasoningEfforts).nullish() }).nullish(),
    locale: z.string().nullish(),
    hints: z.record(z.string(), z.any()).nullish(),
    error_disclosure: z.enum(['generic', 'standard', 'detailed']).nullish(),
    speed: z.enum(['flex', 'default', 'priority', 'fast', 'ultrafast']).nullish(),
    verbosity: z.enum(['low', 'medium', 'high']).nullish(),
  })
  .meta({ id: 'Controls' })
export type Controls = z.infer<typeof controls>

export const externalActor = z
  .object({
    actor_id: z.string(),
    source: z.string(),
    actor_name: z.string().nullish(),
    metadata: z.record(z.string(), z.string()).nullish(),
  })
  .meta({ id: 'ExternalActor' })

export const messageRoles = ['system', 'user', 'agent', 'tool_result'] as const

/** `id` is in wire form (`message_…`). `thinking_signature` and `reasoning` go back to the provider unchanged. */
export const message = z
  .object({
    id: z.string(),
    role: z.enum(messageRoles),
    content: z.array(contentPart),
    controls: controls.optional(),
    metadata: z.record(z.string(), z.any()).optional(),
    thinking: z.string().optional(),
    thinking_signature: z.string().optional(),
    /** Opaque provider state of reasoning items; kept for the next call, removed in public reads. */
    reasoning: z.array(z.any()).optional(),
    phase: z.enum(['Commentary', 'FinalAnswer']).optional(),
    external_actor: externalActor.optional(),
    created_at: z.string(),
  })
  .meta({ id: 'Message' })
export type Message = z.infer<typeof message>

export const tokenUsage = z
  .object({
    input_tokens: z.number().int(),
    output_tokens: z.number().int(),
    cache_read_tokens: z.number().int().optional(),
    cache_creation_tokens: z.number().int().optional(),
    actual_cost_usd: z.number().optional(),
    estimated_cost_usd: z.number().optional(),
    effective_cost_usd: z.number().optional(),
  })
  .meta({ id: 'TokenUsage' })
export type TokenUsage = z.infer<typeof tokenUsage>

/** Sums two usages field by field; a field neither has stays away. */
export function addUsage(a: TokenUsage | undefined, b: TokenUsage | undefined): TokenUsage {
  const total: TokenUsage = { input_tokens: 0, output_tokens: 0 }
  for (const usage of [a, b]) {
    for (const [key, value] of Object.entries(usage ?? {}) as [keyof TokenUsage, number][]) total[key] = (total[key] ?? 0) + value
  }
  return total
}
