// What a provider row may set beside key and address.
import type { ModelConnection, ModelFailure, ModelRequest } from '../../contract/model.ts'

/** `settings.headers`: further request headers; values that are not text are passed over. */
export function extraHeaders({ settings }: ModelConnection): Record<string, string> {
  const headers = settings.headers
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return {}
  return Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

/** Only OpenAI itself is sent fields that other servers might refuse. The address must be one. */
export const isOpenAi = (baseUrl: string): boolean => new URL(baseUrl).hostname === 'api.openai.com'

export const openAiBaseUrl = 'https://api.openai.com/v1'

/** The effort to ask for; `none` means not to mention it. */
export const effortOf = ({ reasoningEffort }: ModelRequest): string | undefined =>
  reasoningEffort === 'none' ? undefined : reasoningEffort

/** Why no request can be made at all, or null. */
export function unusable(connection: ModelConnection, baseUrl: string): ModelFailure | null {
  if (!URL.canParse(baseUrl))
    return { kind: 'invalid_request', message: `The provider's base URL is not an address: ${baseUrl.slice(0, 200)}` }
  if (!connection.apiKey && isOpenAi(baseUrl)) return { kind: 'authentication', message: 'No API key is set for this provider.' }
  return null
}
