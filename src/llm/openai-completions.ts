// The driver for everything that speaks OpenAI's older chat/completions: local servers, gateways, other vendors' compatible endpoints.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { LanguageModelV3CallOptions } from '@ai-sdk/provider'
import type { Driver, ModelEvent, ModelRequest } from '../contract/model.ts'
import { promptOf, toolsOf } from './ai-sdk/prompt.ts'
import { effortOf, extraHeaders, isOpenAi, openAiBaseUrl, unusable } from './ai-sdk/settings.ts'
import { streamVendor } from './ai-sdk/stream.ts'

const id = 'openai_completions'

export const openaiCompletions: Driver = {
  id,
  label: 'OpenAI-compatible (chat completions)',
  // Local servers have no keys.
  needsKey: false,
  credentialFields: [
    { name: 'base_url', label: 'Base URL', fieldType: 'url', required: true, defaultValue: openAiBaseUrl },
    { name: 'api_key', label: 'API key', fieldType: 'password', required: false },
  ],

  async *stream(request, connection, signal): AsyncGenerator<ModelEvent, void, undefined> {
    const baseURL = connection.baseUrl || openAiBaseUrl
    const failure = unusable(connection, baseURL)
    if (failure) return yield { type: 'error', error: failure }
    const headers = extraHeaders(connection)
    const transformRequestBody = isOpenAi(baseURL) ? withTokenLimit : undefined
    yield* streamVendor(
      {
        origin: { provider: id, model: request.model },
        connection,
        model: (fetch) =>
          createOpenAICompatible({
            name: id,
            baseURL,
            headers,
            fetch,
            includeUsage: true,
            ...(connection.apiKey ? { apiKey: connection.apiKey } : {}),
            ...(transformRequestBody ? { transformRequestBody } : {}),
          })(request.model),
        options: () => optionsOf(request, baseURL),
      },
      signal,
    )
  },
}

/** OpenAI's reasoning models refuse the field's older name, which is the only one other servers know. */
function withTokenLimit({ max_tokens, ...body }: Record<string, unknown>): Record<string, unknown> {
  return max_tokens === undefined ? body : { ...body, max_completion_tokens: max_tokens }
}

function optionsOf(request: ModelRequest, baseUrl: string): LanguageModelV3CallOptions {
  const hasTools = request.tools.length > 0
  const system = request.system ? [{ role: 'system' as const, content: request.system }] : []
  return {
    prompt: [...system, ...promptOf(request.messages, () => [])],
    ...(hasTools ? { tools: toolsOf(request.tools) } : {}),
    ...(request.maxTokens === undefined ? {} : { maxOutputTokens: request.maxTokens }),
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    providerOptions: {
      [id]: {
        reasoningEffort: effortOf(request),
        ...(hasTools && request.parallelToolCalls !== undefined ? { parallel_tool_calls: request.parallelToolCalls } : {}),
        ...(request.cacheKey && isOpenAi(baseUrl) ? { prompt_cache_key: request.cacheKey } : {}),
      },
    },
  }
}
