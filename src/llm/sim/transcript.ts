// What the simulator sees in a request: where in the conversation it is, what was said last, what the tools answered. All of it comes
// from the transcript, so that a call that is made again is answered the same way.
import { createHash } from 'node:crypto'
import { type ContentPart, textOf } from '../../contract/content.ts'
import type { Message } from '../../contract/message.ts'
import type { ModelRequest } from '../../contract/model.ts'

export interface ToolOutcome {
  name: string
  arguments: unknown
  text: string
  failed: boolean
}

export interface Transcript {
  request: ModelRequest
  /** Text of the newest user message, without a script in it. */
  said: string
  /** Older user texts, newest first. */
  saidBefore: string[]
  images: number
  /** Agent messages in the session, and since the newest user message. */
  answers: number
  answersSince: number
  /** Results that came after the newest agent message. */
  outcomes: ToolOutcome[]
}

/** `withoutScript` takes the script out of a user's text. */
export function readTranscript(request: ModelRequest, withoutScript: (text: string) => string): Transcript {
  const { messages } = request
  const lastUser = messages.findLastIndex(({ role }) => role === 'user')
  const lastAgent = messages.findLastIndex(({ role }) => role === 'agent')
  const isAgent = ({ role }: Message) => role === 'agent'
  const [newest, ...older] = messages.filter(({ role }) => role === 'user').reverse()
  return {
    request,
    said: withoutScript(textOf(newest?.content ?? [])).trim(),
    saidBefore: older.map(({ content }) => textOf(content)),
    images: (newest?.content ?? []).filter(({ type }) => type === 'image' || type === 'image_file').length,
    answers: messages.filter(isAgent).length,
    answersSince: messages.slice(lastUser + 1).filter(isAgent).length,
    outcomes: lastAgent > lastUser ? outcomesAfter(messages, lastAgent) : [],
  }
}

function outcomesAfter(messages: Message[], lastAgent: number): ToolOutcome[] {
  const made = (messages[lastAgent]?.content ?? []).flatMap((part) => (part.type === 'tool_call' ? [part] : []))
  const calls = new Map(made.map((part) => [part.id, part]))
  return messages.slice(lastAgent + 1).flatMap(({ content }) =>
    content.flatMap((part) => {
      if (part.type !== 'tool_result') return []
      const call = calls.get(part.tool_call_id)
      return [
        { name: call?.name ?? 'the tool', arguments: call?.arguments, text: resultText(part), failed: part.error !== undefined },
      ]
    }),
  )
}

function resultText({ result, error }: Extract<ContentPart, { type: 'tool_result' }>): string {
  if (error !== undefined) return error
  if (typeof result === 'string') return result
  if (Array.isArray(result) && result.every((part) => part?.type === 'text')) return result.map(({ text }) => text).join('\n')
  return JSON.stringify(result ?? null)
}

/** Ids of this answer's tool calls: the same for the same transcript, different everywhere else in the session. */
export function callIds({ messages }: ModelRequest, count: number): string[] {
  // Results are left out: the last message that somebody said is what an answer hangs on.
  const said = messages.filter(({ role }) => role === 'user' || role === 'agent')
  const digest = createHash('sha256')
    .update(`${said.at(-1)?.id}:${said.length}`)
    .digest('hex')
    .slice(0, 20)
  return Array.from({ length: count }, (_, n) => `call_sim_${digest}_${n}`)
}

const partLength = (part: ContentPart): number => {
  if (part.type === 'text') return part.text.length
  if (part.type === 'tool_call') return part.name.length + JSON.stringify(part.arguments ?? {}).length
  return part.type === 'tool_result' ? resultText(part).length : 0
}

/** A token is four characters, rounded up; nothing costs less than one. */
export const tokensOf = (characters: number): number => Math.max(1, Math.ceil(characters / 4))

/** Characters of the prompt and of every message. */
export const inputLength = ({ system, messages }: ModelRequest): number =>
  system.length + messages.flatMap(({ content }) => content).reduce((total, part) => total + partLength(part), 0)
