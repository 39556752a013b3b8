// The OpenAI driver: the Responses API (https://platform.openai.com/docs/api-reference/responses), here or at any server that speaks
// it. Nothing is stored at the provider: every call carries the whole transcript, with the encrypted reasoning of earlier answers.
import { createOpenAI } from '@ai-sdk/openai'
import type { LanguageModelV3CallOptions } from '@ai-sdk/provider'
import type { Driver, ModelConnection, ModelEvent, ModelRequest } from '../contract/model.ts'
import { promptOf, toolsOf } from './ai-sdk/prompt.ts'
import { reasoningParts } from './ai-sdk/reasoning.ts'
import { effortOf, extraHeaders, openAiBaseUrl, unusable } from './ai-sdk/settings.ts'
import { streamVendor } from './ai-sdk/stream.ts'

const id = 'openai'

export const openai: Driver = {
  id,
  label: 'OpenAI',
  needsKey: true,
  credentialFields: [
    { name: 'api_key', label: 'API key', fieldType: 'password', required: true },
    { name: 'base_url', label: 'Base URL', fieldType: 'url', required: false, defaultValue: openAiBaseUrl },
  ],

  async *stream(request, connection, signal): AsyncGenerator<ModelEvent, void, undefined> {
    const baseUrl = connection.baseUrl || openAiBaseUrl
    const failure = unusable(connection, baseUrl)
    if (failure) return yield { type: 'error', error: failure }
    const origin = { provider: id, model: request.model }
    yield* streamVendor(
      {
        origin,
        connection,
        // An empty key, because the library would look for a missing one in the environment.
        model: (fetch) =>
          createOpenAI({ baseURL: baseUrl, apiKey: connection.apiKey ?? '', headers: extraHeaders(connection), fetch }).responses(
            request.model,
          ),
        options: () => optionsOf(request, connection, origin),
      },
      signal,
    )
  },
}

function optionsOf(
  request: ModelRequest,
  connection: ModelConnection,
  origin: { provider: string; model: string },
): LanguageModelV3CallOptions {
  const effort = effortOf(request)
  return {
    prompt: promptOf(request.messages, (message) => reasoningParts(message, origin)),
    ...(request.tools.length > 0 ? { tools: toolsOf(request.tools, false) } : {}),
    ...(request.maxTokens === undefined ? {} : { maxOutputTokens: request.maxTokens }),
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    providerOptions: {
      openai: {
        store: false,
        instructions: request.system || undefined,
        promptCacheKey: request.cacheKey,
        metadata: request.metadata,
        parallelToolCalls: request.tools.length > 0 ? request.parallelToolCalls : undefined,
        // Organisations that OpenAI has not verified may not ask for summaries: `settings.reasoning_summary = "none"`.
        reasoningSummary: connection.settings.reasoning_summary === 'none' ? undefined : 'auto',
        ...(effort ? { reasoningEffort: effort, forceReasoning: true } : {}),
      },
    },
  }
}
