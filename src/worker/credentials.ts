// A provider's secrets while a step needs them: fetched once for all steps that run together, forgotten with the last of them.
import type { Uuid } from '../contract/ids.ts'
import type { ModelConnection } from '../contract/model.ts'
import type { ResolvedModel } from '../turn/session-config.ts'
import type { StepTools } from './step.ts'

interface Fetched {
  secrets: Promise<Pick<ModelConnection, 'apiKey' | 'credentials'>>
  users: number
}

export class Credentials {
  readonly #fetched = new Map<string, Fetched>()

  /** Runs `use` with the connection to the model's provider. Rejects with the Problem of `resolve_credentials`. */
  async lend<T>(
    orgId: Uuid,
    model: ResolvedModel,
    tools: StepTools,
    use: (connection: ModelConnection) => Promise<T>,
  ): Promise<T> {
    const connection: ModelConnection = { baseUrl: model.baseUrl ?? undefined, settings: model.settings }
    if (model.keyVersion === null) return use(connection)
    const key = `${orgId} ${model.providerId} ${model.keyVersion}`
    const fetched = this.#fetched.get(key) ?? { secrets: resolve(model.providerId, tools), users: 0 }
    this.#fetched.set(key, fetched)
    fetched.users += 1
    try {
      // Whoever asked first may have been stopped: then everybody asks for himself.
      const secrets = await fetched.secrets.catch(() => resolve(model.providerId, tools))
      return await use({ ...connection, ...secrets })
    } finally {
      fetched.users -= 1
      if (fetched.users === 0 && this.#fetched.get(key) === fetched) this.#fetched.delete(key)
    }
  }
}

async function resolve(providerId: Uuid, tools: StepTools): Promise<Pick<ModelConnection, 'apiKey' | 'credentials'>> {
  // The operation's output schema; it was checked where it was made.
  const answer = (await tools.call('resolve_credentials', { provider_id: providerId })) as {
    api_key?: string
    credentials?: Record<string, string>
  }
  return { apiKey: answer.api_key, credentials: answer.credentials }
}
