// Makes a transcript one that every provider takes: each tool call directly followed by its one result.
import type { ContentPart } from '../contract/content.ts'
import type { Message } from '../contract/message.ts'
import { messageIdOf } from './message-ids.ts'

type ToolCallPart = Extract<ContentPart, { type: 'tool_call' }>

interface Repair {
  tool_call_id: string
  tool_name: string
}

/**
 * Results move up behind the message that made the call, in the order of the calls (a steering message may have come
 * between); results without a call, earlier results of the same call and answers with nothing in them are left out; a call without a
 * result gets an error for one and is named in `repairs`. A call id may come back in a later turn: the result belongs
 * to the last call before it.
 */
export function validTranscript(messages: readonly Message[]): { messages: Message[]; repairs: Repair[] } {
  const results = resultsByCall(messages)
  const repairs: Repair[] = []
  const valid = messages.flatMap((message, index) => {
    if (message.role === 'tool_result' || isEmpty(message)) return []
    const given = callsOf(message).map((call) => {
      const found = results.get(slot(index, call.id))
      if (!found) repairs.push({ tool_call_id: call.id, tool_name: call.name })
      return found ?? missingResult(message, call)
    })
    return [message, ...given]
  })
  return { messages: valid, repairs }
}

const callsOf = (message: Message): ToolCallPart[] =>
  message.role === 'agent' ? message.content.filter((part): part is ToolCallPart => part.type === 'tool_call') : []

const isEmpty = ({ role, content }: Message): boolean =>
  role === 'agent' && content.every((part) => part.type === 'text' && part.text.trim() === '')

const slot = (index: number, callId: string): string => `${index}:${callId}`

/** Keyed by the place of the calling message and the call's id; the last result counts: an earlier one is of an attempt that was lost. */
function resultsByCall(messages: readonly Message[]): Map<string, Message> {
  const callers = new Map<string, number>()
  const results = new Map<string, Message>()
  messages.forEach((message, index) => {
    for (const call of callsOf(message)) callers.set(call.id, index)
    if (message.role !== 'tool_result') return
    for (const part of message.content) {
      const caller = part.type === 'tool_result' ? callers.get(part.tool_call_id) : undefined
      if (part.type !== 'tool_result' || caller === undefined) continue
      results.set(slot(caller, part.tool_call_id), message.content.length === 1 ? message : { ...message, content: [part] })
    }
  })
  return results
}

const missingResult = (caller: Message, call: ToolCallPart): Message => ({
  id: messageIdOf(caller.id, 'missing', call.id),
  role: 'tool_result',
  content: [
    { type: 'tool_result', tool_call_id: call.id, error: 'No result was recorded for this call. Its outcome is unknown.' },
  ],
  created_at: caller.created_at,
})
