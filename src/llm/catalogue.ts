// What is publicly known about models: limits, abilities, prices. Rows are in models.json; a provider's own list of models is another matter.
import { z } from 'zod'
import { reasoningEfforts, type TokenUsage } from '../contract/message.ts'
import rows from './models.json' with { type: 'json' }

/** US dollars for a million tokens. A tier's prices hold for the whole call once its input passes `above_tokens`. */
const modelCost = z
  .object({
    input: z.number(),
    output: z.number(),
    cache_read: z.number().optional(),
    cost_tiers: z
      .array(
        z.object({ above_tokens: z.number().int(), input: z.number(), output: z.number(), cache_read: z.number().optional() }),
      )
      .optional(),
  })
  .meta({ id: 'ModelCost' })

const modality = z.enum(['text', 'image', 'audio', 'video', 'pdf'])

/** A model's static profile, in wire form. Limits are in tokens. */
export const modelProfile = z
  .object({
    name: z.string(),
    family: z.string(),
    description: z.string().optional(),
    attachment: z.boolean(),
    reasoning: z.boolean(),
    reasoning_effort: z
      .object({
        default: z.enum(reasoningEfforts),
        values: z.array(z.object({ value: z.enum(reasoningEfforts), name: z.string() })),
      })
      .optional(),
    temperature: z.boolean(),
    tool_call: z.boolean(),
    tool_search: z.boolean().optional(),
    structured_output: z.boolean(),
    open_weights: z.boolean(),
    knowledge: z.string().optional(),
    release_date: z.string().optional(),
    last_updated: z.string().optional(),
    cost: modelCost.optional(),
    limits: z
      .object({
        context: z.number().int(),
        input: z.number().int().optional(),
        output: z.number().int(),
        max_media: z.number().int().optional(),
      })
      .optional(),
    modalities: z.object({ input: z.array(modality), output: z.array(modality) }).optional(),
    supported_parameters: z.array(z.string()).optional(),
    supports_phases: z.boolean().optional(),
  })
  .meta({ id: 'ModelProfile' })
export type ModelProfile = z.infer<typeof modelProfile>

export const modelVendors = [
  'openai',
  'anthropic',
  'google',
  'nvidia',
  'qwen',
  'microsoft',
  'minimax',
  'moonshot',
  'xai',
  'llmsim',
] as const

const catalogueRow = z.strictObject({
  driver: z.string(),
  vendor: z.enum(modelVendors),
  id: z.string(),
  /** The model of this driver that is chosen when nobody chooses. */
  default: z.boolean().optional(),
  profile: modelProfile.strict(),
})
export type KnownModel = z.infer<typeof catalogueRow>

let parsed: readonly KnownModel[] | null = null

/** Every known model, the most advised of a driver first. */
export function knownModels(): readonly KnownModel[] {
  parsed ??= z.array(catalogueRow).parse(rows)
  return parsed
}

/** These drivers reach models of any vendor. */
const gateways = ['openai_completions', 'openrouter', 'azure_openai']

/**
 * The known model behind a provider's model string, or undefined. Vendor prefixes (`openai/`, `models/`), letter case, dates
 * (`-2025-08-07`, `-20250929`, `@20250929`) and `-latest` do not matter; neither does the fine-tune around a base model.
 */
export function findModel(driver: string, modelId: string): KnownModel | undefined {
  const reachable = knownModels().filter((row) => row.driver === driver || (gateways.includes(driver) && row.driver !== 'llmsim'))
  const id = normalised(modelId)
  return reachable.find((row) => row.id === id) ?? reachable.find((row) => row.id === undated(id))
}

function normalised(modelId: string): string {
  const id = modelId.trim().toLowerCase()
  const base = id.startsWith('ft:') ? (id.split(':')[1] ?? id) : id
  return base.slice(base.lastIndexOf('/') + 1)
}

const undated = (id: string): string => id.replace(/(?:[-@]\d{4}-\d{2}-\d{2}|[-@]\d{8}|-latest)$/, '')

/** The model that is used when nobody chooses one of this driver, or undefined. */
export const defaultModel = (driver: string): KnownModel | undefined =>
  knownModels().find((row) => row.driver === driver && row.default) ?? knownModels().find((row) => row.driver === driver)

/** What a call cost by the list prices, in US dollars; undefined where the model has none. Cache writes count as input. */
export function estimatedCostUsd(cost: ModelProfile['cost'], usage: TokenUsage): number | undefined {
  if (!cost) return undefined
  const read = usage.cache_read_tokens ?? 0
  const fresh = usage.input_tokens + (usage.cache_creation_tokens ?? 0)
  const tiers = [...(cost.cost_tiers ?? [])].sort((a, b) => b.above_tokens - a.above_tokens)
  const price = tiers.find((tier) => fresh + read > tier.above_tokens) ?? cost
  return (fresh * price.input + read * (price.cache_read ?? price.input) + usage.output_tokens * price.output) / 1_000_000
}
