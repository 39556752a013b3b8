// The vendor libraries' token counts → ours: disjoint buckets, so that input never includes what was read from or written to a cache.
import type { LanguageModelV3Usage } from '@ai-sdk/provider'
import type { TokenUsage } from '../../contract/message.ts'

/** Counts a server did not send are 0; cache buckets appear only when they hold something. */
export function usageOf(usage: LanguageModelV3Usage): TokenUsage {
  const cacheRead = usage.inputTokens.cacheRead ?? 0
  const cacheWrite = usage.inputTokens.cacheWrite ?? 0
  const fresh = usage.inputTokens.noCache ?? (usage.inputTokens.total ?? 0) - cacheRead - cacheWrite
  const cost = usage.raw?.cost
  return {
    input_tokens: Math.max(0, Math.round(fresh)),
    output_tokens: Math.round(usage.outputTokens.total ?? 0),
    ...(cacheRead > 0 ? { cache_read_tokens: Math.round(cacheRead) } : {}),
    ...(cacheWrite > 0 ? { cache_creation_tokens: Math.round(cacheWrite) } : {}),
    // Gateways such as OpenRouter say what the call cost.
    ...(typeof cost === 'number' ? { actual_cost_usd: cost } : {}),
  }
}
