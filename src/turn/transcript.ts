// Events → messages: what a model is given and what people read. The transcript is stored once, as events.
import type { ContentPart } from '../contract/content.ts'
import type { EventData } from '../contract/events/index.ts'
import type { Message } from '../contract/message.ts'
import { timeText } from '../contract/time-text.ts'
import { messageIdOf } from './message-ids.ts'
import type { ContextEvent } from './session-config.ts'

/** A message and the sequence of its event. */
export interface TranscriptEntry {
  sequence: number
  message: Message
}

/**
 * Adds events, in the order of their sequence, to the entries of those before, as the next model call must read them: an
 * answer stands before the messages that its model call was not given yet (else the model would take them for answered),
 * and replaces the one that a lost attempt left under its id. Other event types are passed over. Missing results are
 * not mended here; `validTranscript` does that before each model call.
 */
export function foldTranscript(entries: readonly TranscriptEntry[], events: readonly ContextEvent[]): TranscriptEntry[] {
  const all = [...entries]
  for (const event of events) {
    const found = read(event)
    if (found?.entry.message.role === 'agent') insertAnswer(all, found)
    else if (found) all.push(found.entry)
  }
  return all
}

function insertAnswer(entries: TranscriptEntry[], { entry: answer, through }: Found): void {
  const previous = entries.findLastIndex((entry) => entry.message.role === 'agent')
  if (entries[previous]?.message.id === answer.message.id) entries.splice(previous, 1)
  const lastGiven = entries.findLastIndex((entry) => entry.message.role !== 'user' || entry.sequence <= through)
  entries.splice(lastGiven + 1, 0, answer)
}

/** The messages that people read, in the order of the log; the provider's opaque reasoning state is left out. */
export function messagesOf(events: readonly ContextEvent[]): TranscriptEntry[] {
  return events.flatMap((event) => {
    const found = read(event)
    if (!found) return []
    const { reasoning: _, ...message } = found.entry.message
    return [{ sequence: event.sequence, message }]
  })
}

/** `through`: the last event behind the message; what does not say it stands after everything before it. */
interface Found {
  entry: TranscriptEntry
  through: number
}

function read(event: ContextEvent): Found | null {
  const { type, sequence } = event
  if (type === 'tool.completed') return { entry: { sequence, message: resultMessage(event) }, through: sequence }
  if (type !== 'input.message' && type !== 'output.message.completed') return null
  // The log holds what the registry's schema of the type let in; an input.message has nothing but the message.
  const data = JSON.parse(event.data) as EventData<'output.message.completed'>
  const message = type === 'input.message' ? data.message : datedMessage(data.message, event.ts)
  return { entry: { sequence, message }, through: data.through ?? sequence }
}

/** A message is as old as the event that records it: whoever wrote it may have had another clock. */
export const datedMessage = <M extends { created_at: string }>(message: M, ts: number): M => ({
  ...message,
  created_at: timeText(ts),
})

function resultMessage(event: ContextEvent): Message {
  // As above.
  const data = JSON.parse(event.data) as EventData<'tool.completed'>
  return {
    id: messageIdOf(event.turnId ?? '', event.sequence, data.tool_call_id),
    role: 'tool_result',
    content: [resultPart(data)],
    created_at: timeText(event.ts),
  }
}

/** Text results become one string; results with an image stay a list of parts. A failure without words names its status. */
function resultPart({ tool_call_id, success, status, error, result }: EventData<'tool.completed'>): ContentPart {
  const value = result && { result: result.every((part) => part.type === 'text') ? textsOf(result) : result }
  const failure = success ? undefined : (error ?? (value ? undefined : `The tool ended with status ${status}.`))
  return { type: 'tool_result', tool_call_id, ...value, ...(failure === undefined ? {} : { error: failure }) }
}

const textsOf = (parts: readonly ContentPart[]): string =>
  parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
