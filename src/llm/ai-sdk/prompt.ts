// Our messages → the vendor libraries' prompt. Tool results carry text only; their images follow as a user message.
import type {
  LanguageModelV3FunctionTool,
  LanguageModelV3Message,
  LanguageModelV3Prompt,
  LanguageModelV3ReasoningPart,
  LanguageModelV3TextPart,
  LanguageModelV3ToolCallPart,
  LanguageModelV3ToolResultPart,
} from '@ai-sdk/provider'
import { type ContentPart, textOf } from '../../contract/content.ts'
import type { Message } from '../../contract/message.ts'
import type { ModelTool } from '../../contract/model.ts'
import { imageOf } from './images.ts'
import { resultOf } from './tool-results.ts'

type UserContent = Extract<LanguageModelV3Message, { role: 'user' }>['content']
type AgentPart = LanguageModelV3TextPart | LanguageModelV3ReasoningPart | LanguageModelV3ToolCallPart

/** `reasoningOf` gives the reasoning parts that go back before an agent message. */
export function promptOf(
  messages: readonly Message[],
  reasoningOf: (message: Message) => LanguageModelV3ReasoningPart[],
): LanguageModelV3Prompt {
  const names = toolNames(messages)
  const prompt: LanguageModelV3Prompt = []
  let images: UserContent = []
  for (const message of messages) {
    if (message.role !== 'tool_result') images = flush(images, prompt)
    if (message.role === 'tool_result') {
      const found = toolMessage(message, names)
      prompt.push(...found.prompt)
      images.push(...found.images)
    } else prompt.push(...plainMessage(message, reasoningOf))
  }
  flush(images, prompt)
  return prompt
}

/** Puts pictures that tools returned behind the results of the whole batch: nothing may stand between calls and their results. */
function flush(images: UserContent, prompt: LanguageModelV3Prompt): UserContent {
  if (images.length > 0) prompt.push({ role: 'user', content: images })
  return []
}

function toolNames(messages: readonly Message[]): Map<string, string> {
  const calls = messages.flatMap(({ content }) => content.filter((part) => part.type === 'tool_call'))
  return new Map(calls.map(({ id, name }) => [id, name]))
}

function plainMessage(
  message: Message,
  reasoningOf: (message: Message) => LanguageModelV3ReasoningPart[],
): LanguageModelV3Prompt {
  if (message.role === 'system') return [{ role: 'system', content: textOf(message.content) }]
  if (message.role === 'user') {
    const content = message.content.flatMap(userPart)
    return content.length > 0 ? [{ role: 'user', content }] : []
  }
  const content = message.content.flatMap(agentPart)
  // Reasoning must be followed by what it led to.
  return content.length > 0 ? [{ role: 'assistant', content: [...reasoningOf(message), ...content] }] : []
}

function userPart(part: ContentPart): UserContent {
  if (part.type === 'text') return part.text === '' ? [] : [{ type: 'text', text: part.text }]
  return part.type === 'image' || part.type === 'image_file' ? [imageOf(part)] : []
}

function agentPart(part: ContentPart): AgentPart[] {
  if (part.type === 'text') return part.text === '' ? [] : [{ type: 'text', text: part.text }]
  if (part.type !== 'tool_call') return []
  return [{ type: 'tool-call', toolCallId: part.id, toolName: part.name, input: inputOf(part.arguments) }]
}

/** Arguments that never were JSON go back inside an object: servers that parse the transcript accept nothing else. */
const inputOf = (value: unknown): unknown => (typeof value === 'string' ? { invalid_arguments: value } : (value ?? {}))

function toolMessage(message: Message, names: Map<string, string>): { prompt: LanguageModelV3Prompt; images: UserContent } {
  const results: LanguageModelV3ToolResultPart[] = []
  const images: UserContent = message.content.flatMap((part) => (part.type === 'image' ? [imageOf(part)] : []))
  for (const part of message.content) {
    if (part.type !== 'tool_result') continue
    const toolName = names.get(part.tool_call_id) ?? 'unknown_tool'
    const result = resultOf(part)
    results.push({ type: 'tool-result', toolCallId: part.tool_call_id, toolName, output: result.output })
    if (result.images.length > 0)
      images.push({ type: 'text', text: `Images returned by ${toolName}:` }, ...result.images.map(imageOf))
  }
  return { prompt: results.length > 0 ? [{ role: 'tool', content: results }] : [], images }
}

/** Names and schemas go through as they are. `strict: false` where a provider would otherwise rewrite optional arguments as required. */
export const toolsOf = (tools: readonly ModelTool[], strict?: false): LanguageModelV3FunctionTool[] =>
  tools.map(({ name, description, parameters }) => ({
    type: 'function',
    name,
    description,
    inputSchema: parameters,
    ...(strict === undefined ? {} : { strict }),
  }))
