// Results of calls that no tool gave: the control plane writes them so that every call has exactly one.
import { type ContentPart, contentPart } from '../contract/content.ts'
import { draft, type EventDraft } from '../contract/events/index.ts'
import { beginsExplicitly, type TaskOutcome } from '../contract/workflow.ts'
import type { BatchCall } from './state.ts'

type Call = Pick<BatchCall, 'id' | 'name' | 'class'>
type Status = 'success' | 'error' | 'timeout' | 'cancelled' | 'interrupted'

const completed = (call: Call, status: Status, rest: { error?: string; result?: ContentPart[] }): EventDraft =>
  draft('tool.completed', { tool_call_id: call.id, tool_name: call.name, success: status === 'success', status, ...rest })

const leavesNothing = (call: Call): boolean => call.class === 'transactional' || call.class === 'pure'

const endings: Record<Exclude<TaskOutcome['status'], 'finished'>, (call: Call) => { status: Status; error: string }> = {
  dead: (call) => ({
    status: 'error',
    error: leavesNothing(call)
      ? 'The tool could not be run to its end, also when tried again. None of its changes were kept.'
      : 'The tool could not be run to its end, also when tried again. It may have taken effect in part: check before repeating it.',
  }),
  interrupted: () => ({
    status: 'interrupted',
    error:
      'The tool was interrupted after it had begun. Its outcome is unknown: it may or may not have taken effect. ' +
      'It was not run again. Check before repeating it.',
  }),
  conflict: () => ({
    status: 'error',
    error:
      'Conflict: what the tool read was changed by others each time it ran, so none of its changes were kept. ' +
      'Read the current state and try again.',
  }),
  timeout: (call) => ({
    status: 'timeout',
    error:
      call.class === 'client'
        ? 'Timed out: no result was submitted in time.'
        : 'Timed out: the tool did not end within its time limit.',
  }),
}

/** The result of a call whose task ended without the tool's own answer. */
export function resultOfEnding(call: Call, how: Exclude<TaskOutcome['status'], 'finished'>): EventDraft {
  const { status, error } = endings[how](call)
  return completed(call, status, { error })
}

/** The result of a call that was stopped. `begun`: its effect may have happened. */
export function cancelledResult(call: Call, why: string, begun: boolean): EventDraft {
  const unknown = begun && beginsExplicitly(call.class)
  const error = unknown ? `${why} The tool had already begun: its outcome is unknown, it may or may not have taken effect.` : why
  return completed(call, 'cancelled', { error })
}

/** What a caller submitted for a client-side call: an `error` that is not null wins over a `result`. */
export interface SubmittedResult {
  tool_call_id: string
  result?: unknown
  error?: string | null
}

export function submittedResult(call: Call, submitted: SubmittedResult): EventDraft {
  if (submitted.error != null) return completed(call, 'error', { error: submitted.error })
  return completed(call, 'success', { result: resultParts(submitted.result) })
}

const visibleParts = contentPart.array().min(1)

/** Any JSON as content parts: parts stay, a string is its text, everything else its JSON text. */
function resultParts(value: unknown): ContentPart[] {
  const parts = visibleParts.safeParse(value)
  if (parts.success && parts.data.every((part) => part.type !== 'tool_call' && part.type !== 'tool_result')) return parts.data
  return [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value ?? null) }]
}
