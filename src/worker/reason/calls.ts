// Reads the tool calls of a model's answer: unique ids, the effect class each call will run under, and what readers are shown.
import { createHash } from 'node:crypto'
import type { ToolCall } from '../../contract/content.ts'
import type { Uuid } from '../../contract/ids.ts'
import type { Message } from '../../contract/message.ts'
import type { BoundTool, RuntimeAgent } from '../../turn/runtime-agent.ts'
import type { PlannedCall } from '../../turn/state.ts'
import { readArguments } from '../act/arguments.ts'

/** All calls of one class run one after another. */
const oneByOne = 'one_by_one'

/** Ids of every call that the transcript holds. */
export const callIdsOf = (messages: readonly Message[]): Set<string> =>
  new Set(messages.flatMap(({ content }) => content.flatMap((part) => (part.type === 'tool_call' ? [part.id] : []))))

/**
 * The calls with ids that no other call of the session and no model call has: an id becomes the key of a task. A changed id is made
 * from the task's, so that the same answer given again gets the same ids.
 */
export function uniquelyNamed(calls: readonly ToolCall[], taken: ReadonlySet<string>, taskId: Uuid): ToolCall[] {
  const used = new Set(taken)
  return calls.map((call, index) => {
    const free = call.id !== '' && !used.has(call.id) && !/^reason-\d+$/.test(call.id)
    const id = free ? call.id : `call_${createHash('sha256').update(`${taskId}:${index}`).digest('hex').slice(0, 24)}`
    used.add(id)
    return { ...call, id }
  })
}

/** What can only end in an error result (an unknown tool, arguments that do not fit) has no effect: class `pure`. */
export function plannedCalls(calls: readonly ToolCall[], agent: RuntimeAgent): PlannedCall[] {
  const sequential = agent.parallelToolCalls === false
  return calls.map((call) => {
    const tool = agent.tools.find(({ name }) => name === call.name)
    const planned = tool ? plannedTool(call, tool) : plannedOther(call, agent)
    return sequential ? { ...planned, concurrencyClass: oneByOne } : planned
  })
}

function plannedTool(call: ToolCall, tool: BoundTool): PlannedCall {
  const args = readArguments(tool, call.arguments)
  const displayed = tool.displayName ? { displayName: tool.displayName } : {}
  if ('problem' in args)
    return { id: call.id, name: call.name, arguments: call.arguments, class: 'pure', known: true, ...displayed }
  const { concurrency_class: concurrencyClass } = tool.hints
  return {
    id: call.id,
    name: call.name,
    arguments: call.arguments,
    class: tool.effect,
    known: true,
    ...displayed,
    ...(args.narration ? { narration: args.narration } : {}),
    ...(concurrencyClass ? { concurrencyClass } : {}),
  }
}

function plannedOther(call: ToolCall, { clientTools }: RuntimeAgent): PlannedCall {
  const client = clientTools.find(({ name }) => name === call.name)
  const readable = typeof call.arguments === 'object' && call.arguments !== null
  if (!client || !readable) return { id: call.id, name: call.name, arguments: call.arguments, class: 'pure' }
  return { ...call, class: 'client', ...(client.display_name ? { displayName: client.display_name } : {}) }
}
