// A model call as readers see it: the messages and tools it was given, put together from what the log stores once.
import type { Kysely } from 'kysely'
import type { ContentPart, ToolCall } from '../../contract/content.ts'
import type { EventData, StoredEvent } from '../../contract/events/index.ts'
import { toWire, type Uuid } from '../../contract/ids.ts'
import type { Message } from '../../contract/message.ts'
import { timeText } from '../../contract/time-text.ts'
import type { Database } from '../../db/schema.ts'
import type { FillCaches } from './fill.ts'
import { contentOf } from './store.ts'

type Generation = EventData<'llm.generation'>
type Output = NonNullable<Generation['output']>

/** Data of an `llm.generation` with `messages` (the system prompt first), `tools` and `content`. */
export async function shownGeneration(db: Kysely<Database>, caches: FillCaches, event: StoredEvent): Promise<string> {
  // The log holds what the registry's schema of this type let in.
  const {
    through,
    prompt_hash,
    tools_hash,
    messages,
    output: ownOutput,
    content,
    ...stored
  } = JSON.parse(event.data) as Generation
  // One after another: inside a transaction there is one connection.
  const prompt = await sharedContent(db, caches, event.orgId, prompt_hash)
  const tools = await sharedContent(db, caches, event.orgId, tools_hash)
  const transcript = messages
    ? messages.map((message) => JSON.stringify(message))
    : await caches.transcripts.upTo(db, event.orgId, event.sessionId, through)
  const given = [...systemMessage(event, prompt), ...transcript].join(',')
  const output = ownOutput ?? outputOf(await caches.transcripts.at(db, event.orgId, event.sessionId, event.sequence - 1))
  const shown = JSON.stringify({ output, content: content ?? contentParts(output), ...stored })
  return `{"messages":[${given}]${tools ? `,"tools":${tools}` : ''},${shown.slice(1)}`
}

/** Nothing is ever changed under a hash, so what was read once stays true. */
async function sharedContent(
  db: Kysely<Database>,
  caches: FillCaches,
  orgId: Uuid,
  hash: string | undefined,
): Promise<string | undefined> {
  if (!hash) return undefined
  const key = `${orgId} ${hash}`
  const known = caches.contents.get(key)
  if (known !== undefined) return known
  const body = await contentOf(db, orgId, hash)
  if (body !== undefined) caches.contents.set(key, body, body.length)
  return body
}

/** The prompt as the first message; its id and time are the event's, since it was never sent by anybody. */
function systemMessage(event: StoredEvent, prompt: string | undefined): string[] {
  if (!prompt || prompt === '""') return []
  const head = JSON.stringify({ id: toWire('message', event.id), role: 'system', created_at: timeText(event.ts) })
  return [`${head.slice(0, -1)},"content":[{"type":"text","text":${prompt}}]}`]
}

/** What the answer's message says, as the model said it. */
function outputOf(answer: string | undefined): Output {
  if (answer === undefined) return {}
  // Stored by the registry's schema of `output.message.completed`.
  const { content } = JSON.parse(answer) as Message
  const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('')
  const calls = content.flatMap((part) => (part.type === 'tool_call' ? [toolCallOf(part)] : []))
  return { ...(text ? { text } : {}), ...(calls.length > 0 ? { tool_calls: calls } : {}) }
}

const toolCallOf = ({ type: _, ...call }: Extract<ContentPart, { type: 'tool_call' }>): ToolCall => call

/** The compact reading of an output: its text, then its tool calls. */
function contentParts({ text, tool_calls = [] }: Output): ContentPart[] {
  const calls = tool_calls.map((call): ContentPart => ({ type: 'tool_call', ...call }))
  return text ? [{ type: 'text', text }, ...calls] : calls
}
