// Where scripts come from: the provider's settings, the model's name, the request's metadata, the system prompt and the newest user
// message. The most specific one wins.
import { textOf } from '../../contract/content.ts'
import type { ModelConnection, ModelRequest } from '../../contract/model.ts'
import { readScript, type Script } from './script.ts'

const fence = /```llmsim[ \t]*\r?\n([\s\S]*?)```/g
/** To the end of the message, or to the end of the line: whichever is JSON. */
const command = /^[ \t]*\/sim[ \t]+([\s\S]+)$/m

export type Scripted = { script: Script } | { problem: string }
type Found = Scripted | null
type Scope = NonNullable<Script['scope']>

/** The script that applies to this request; where one is not valid, a sentence that says which and why. */
export function findScript(request: ModelRequest, { settings }: ModelConnection): Scripted {
  const sources: [place: string, scope: Scope, found: Found][] = [
    ["provider's settings", 'session', fromValue(settings.script)],
    ['model name', 'session', { script: byName(request.model) }],
    ["agent's metadata", 'session', fromValue(request.metadata?.llmsim)],
    ['system prompt', 'session', lastBlock(request.system)],
    ['message', 'message', fromMessage(newestUserText(request))],
  ]
  let script: Script = {}
  for (const [place, scope, found] of sources) {
    if (!found) continue
    if ('problem' in found) return { problem: `The llmsim script in the ${place} is not valid: ${found.problem}.` }
    script = merged(script, found.script, scope)
  }
  return { script }
}

/** What is said and which tools are called belong together; pace and id stand alone. */
function merged(base: Script, over: Script, scope: Scope): Script {
  const speaks = over.response !== undefined || over.tool_calls !== undefined
  const { latency, response_id } = base
  return {
    response: speaks ? over.response : base.response,
    tool_calls: speaks ? over.tool_calls : base.tool_calls,
    scope: speaks ? (over.scope ?? scope) : base.scope,
    latency: over.latency ? { ...latency, ...over.latency } : latency,
    response_id: over.response_id ?? response_id,
  }
}

const newestUserText = ({ messages }: ModelRequest): string =>
  textOf(messages.findLast(({ role }) => role === 'user')?.content ?? [])

/** Settings hold the script itself or its JSON text. */
function fromValue(value: unknown): Found {
  if (value === undefined || value === null) return null
  return typeof value === 'string' ? fromJson(value) : readScript(value)
}

function fromJson(text: string): Scripted {
  const value = parsed(text)
  return value === undefined ? { problem: 'it is not JSON' } : readScript(value)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function lastBlock(text: string): Found {
  const block = [...text.matchAll(fence)].at(-1)?.[1]
  return block === undefined ? null : fromJson(block)
}

function fromMessage(text: string): Found {
  return lastBlock(text) ?? fromCommand(text)
}

function fromCommand(text: string): Found {
  const rest = command.exec(text)?.[1]
  return rest === undefined ? null : fromJson(commandJson(rest))
}

/** JSON may run over several lines. */
const commandJson = (rest: string): string => (parsed(rest) === undefined ? (rest.split('\n')[0] ?? '') : rest)

/** The text of a message without the script in it. */
export function withoutScript(text: string): string {
  const rest = command.exec(text)?.[1]
  const unfenced = text.replace(fence, '')
  return unfenced !== text || rest === undefined
    ? unfenced
    : text.replace(commandJson(rest), '').replace(/^[ \t]*\/sim[ \t]*$/m, '')
}

/** Switches in a model's name: `llmsim-echo`, `llmsim-lorem-200`, `llmsim-latency`, `llmsim-ttft-500` … */
function byName(model: string): Script {
  const words = Number(/-lorem-(\d+)/.exec(model)?.[1] ?? 100)
  const ttft = /-ttft-(\d+)/.exec(model)?.[1]
  const paced = model.includes('-latency') ? { ttft_ms: 150, token_ms: 10 } : {}
  return {
    ...(model.includes('-echo') ? { response: { type: 'echo' as const } } : {}),
    ...(model.includes('-lorem') ? { response: { type: 'lorem' as const, target_tokens: words } } : {}),
    ...(model.includes('-empty') ? { response: { type: 'empty' as const } } : {}),
    ...(model.includes('-error') ? { response: { type: 'error' as const } } : {}),
    latency: { ...paced, ...(ttft === undefined ? {} : { ttft_ms: Number(ttft) }) },
  }
}
