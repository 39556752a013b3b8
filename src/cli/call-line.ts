// One finished tool call in one line: how it went, its name, what it was about, how long it took.
import { z } from 'zod'

const finished = z.looseObject({
  tool_call_id: z.string(),
  tool_name: z.string(),
  success: z.boolean(),
  status: z.string(),
  error: z.string().optional(),
  duration_ms: z.number().optional(),
  narration: z.string().optional(),
})

const longestPart = 80

/** `data` of `tool.completed`; `calls`: arguments by tool call id, as `tool.started` brought them. */
export function callLine(data: unknown, calls: ReadonlyMap<string, unknown>): string {
  const { tool_call_id, tool_name, success, status, error, duration_ms, narration } = finished.parse(data)
  const about = narration ?? argumentsIn(calls.get(tool_call_id))
  const took = duration_ms === undefined ? [] : [`${duration_ms} ms`]
  const outcome = [success ? [] : [error ? `${status}: ${short(error)}` : status], took].flat().join(', ')
  return [success ? '✓' : '✗', tool_name, short(about), outcome && `(${outcome})`].filter(Boolean).join(' ')
}

const argumentsIn = (value: unknown): string => (value === undefined ? '' : JSON.stringify(value))

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > longestPart ? `${line.slice(0, longestPart - 1)}…` : line
}
