// What the conformance suite says to a driver and how it listens.

import type { ContentPart } from '../../src/contract/content.ts'
import type { Message } from '../../src/contract/message.ts'
import type { Driver, ModelConnection, ModelEvent, ModelRequest } from '../../src/contract/model.ts'

let messages = 0

/** A message of a role with these parts; text is one part. */
export function message(role: Message['role'], content: string | ContentPart[], over: Partial<Message> = {}): Message {
  messages += 1
  const parts: ContentPart[] = typeof content === 'string' ? [{ type: 'text', text: content }] : content
  return {
    id: `message_${String(messages).padStart(32, '0')}`,
    role,
    content: parts,
    created_at: '2026-01-01T00:00:00Z',
    ...over,
  }
}

/** A request that says "Hi", changed where a test cares. */
export const request = (over: Partial<ModelRequest> = {}): ModelRequest => ({
  model: 'model-1',
  system: 'Be brief.',
  messages: [message('user', 'Hi')],
  tools: [],
  ...over,
})

/** Every event of one call. */
export async function eventsOf(
  driver: Driver,
  connection: Partial<ModelConnection>,
  asked: ModelRequest = request(),
  signal: AbortSignal = new AbortController().signal,
): Promise<ModelEvent[]> {
  const events: ModelEvent[] = []
  for await (const event of driver.stream(asked, { settings: {}, ...connection }, signal)) events.push(event)
  return events
}

export const textIn = (events: ModelEvent[]): string =>
  events.flatMap((event) => (event.type === 'text' ? [event.delta] : [])).join('')
export const thinkingIn = (events: ModelEvent[]): string =>
  events.flatMap((event) => (event.type === 'thinking' ? [event.delta] : [])).join('')
export const callsIn = (events: ModelEvent[]) => events.flatMap((event) => (event.type === 'tool_calls' ? event.calls : []))
export const itemsIn = (events: ModelEvent[]) => events.flatMap((event) => (event.type === 'reasoning_item' ? [event.item] : []))

/** The one `done` of an answer that succeeded. */
export function doneOf(events: ModelEvent[]): Extract<ModelEvent, { type: 'done' }> {
  const last = events.at(-1)
  if (last?.type !== 'done') throw new Error(`The answer did not succeed: ${JSON.stringify(last)}`)
  return last
}

/** The one `error` of an answer that failed. */
export function failureOf(events: ModelEvent[]): Extract<ModelEvent, { type: 'error' }>['error'] {
  const last = events.at(-1)
  if (last?.type !== 'error') throw new Error(`The answer did not fail: ${JSON.stringify(last)}`)
  if (events.filter(({ type }) => type === 'error').length !== 1) throw new Error('More than one error')
  return last.error
}
