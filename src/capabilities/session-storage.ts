// Values and secrets of a session, by key. Both tools have one shape; they differ in what a key is called and in who may see values.
import { z } from 'zod'
import { type Capability, ToolError, tool, type ValueStore } from '../contract/capability.ts'
import type { JsonObject } from '../contract/json.ts'

/** Kept for the product's own entries: never written, read or shown by an agent. */
const internal = /^(__everruns_|[a-z0-9]+_internal:)/

const operation = z.enum(['set', 'get', 'delete', 'list']).describe('What to do.')
const keyOf = (what: string) => z.string().min(1).max(255).optional().describe(`${what}; needed by set, get and delete.`)

interface Request {
  operation: z.infer<typeof operation>
  key?: string
  value?: string
}
/** `keyName`: what the tool calls a key; `listName`: what it calls a list of them. */
interface Words {
  keyName: 'key' | 'name'
  listName: 'keys' | 'secrets'
}

export const sessionStorage: Capability = {
  id: 'session_storage',
  name: 'Storage',
  description: 'Keeps values and encrypted secrets for the session.',
  icon: 'database',
  category: 'Storage',
  docsSlug: 'session-storage',
  features: ['secrets', 'key_value'],
  prompt: `Values and secrets live as long as this session; keys are unique in it, and setting an existing key overwrites it.
Keep anything sensitive (passwords, tokens, keys) as a secret: secrets are encrypted at rest. Never repeat a secret's value in an answer, a file or a plain value.`,
  tools: [
    tool({
      name: 'kv_store',
      displayName: 'Key-value store',
      says: 'Set, get, delete or list plain values of this session.',
      effect: 'transactional',
      hints: { idempotent: true, concurrency_class: 'session_storage' },
      args: z.object({ operation, key: keyOf('The key'), value: z.string().optional().describe('The value; needed by set.') }),
      narrate: (args) => (args.key ? `Values: ${args.operation} ${args.key}` : 'Listing values'),
      run: (args, { values }) => answerTo(args, values, { keyName: 'key', listName: 'keys' }),
    }),
    tool({
      name: 'secret_store',
      displayName: 'Secret store',
      says: 'Set, get, delete or list secrets of this session. Listing shows names only.',
      effect: 'transactional',
      hints: { idempotent: true, requires_secrets: true, concurrency_class: 'session_storage' },
      args: z.object({ operation, name: keyOf('The name'), value: z.string().optional().describe('The secret; needed by set.') }),
      narrate: (args) => (args.name ? `Secrets: ${args.operation} ${args.name}` : 'Listing secrets'),
      run: ({ name, ...args }, { secrets }) =>
        answerTo({ ...args, key: name }, secrets, { keyName: 'name', listName: 'secrets' }),
    }),
  ],
}

async function answerTo(request: Request, store: ValueStore, words: Words): Promise<JsonObject> {
  const { operation: does } = request
  if (does === 'list') return { operation: does, ...(await listed(store, words)) }
  const key = request.key
  if (!key) throw new ToolError(`Missing required parameter: ${words.keyName} (needed by ${does})`)
  const said = { operation: does, [words.keyName]: key }
  if (does === 'set') return { ...said, ...(await stored(store, key, request.value)) }
  if (does === 'delete') return { ...said, deleted: !internal.test(key) && (await store.delete(key)) }
  const value = internal.test(key) ? null : await store.get(key)
  return { ...said, value, found: value !== null }
}

async function stored(store: ValueStore, key: string, value: string | undefined): Promise<JsonObject> {
  if (value === undefined) throw new ToolError('Missing required parameter: value (needed by set)')
  if (internal.test(key)) throw new ToolError(`${key} begins with a reserved prefix; choose another one`)
  await store.set(key, value)
  return { success: true }
}

async function listed(store: ValueStore, { keyName, listName }: Words): Promise<JsonObject> {
  const entries = (await store.list()).filter((entry) => !internal.test(entry.key))
  const shown = entries.map((entry) => ({ [keyName]: entry.key, created_at: entry.createdAt, updated_at: entry.updatedAt }))
  return { [listName]: shown, count: shown.length }
}
