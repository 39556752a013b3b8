// Which event ends what the command waits for, and what that means for the shell.
import { exitCodes } from './terminal.ts'
import type { Event } from './wire.ts'

export interface Ending {
  code: number
  /** For the person; nothing where the answer says it all. */
  says?: string
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Null while the turn goes on. */
export function endingOf({ type, data }: Event): Ending | null {
  switch (type) {
    case 'turn.completed':
      return { code: exitCodes.done }
    case 'turn.failed':
      return {
        code: exitCodes.failed,
        says: `The turn failed: ${text(data.error)}${data.error_code ? ` (${text(data.error_code)})` : ''}`,
      }
    case 'turn.sealed':
      return { code: exitCodes.failed, says: `The turn was ended: ${text(data.detail) || text(data.reason)}` }
    case 'turn.cancelled':
      return { code: exitCodes.cancelled, says: cancelled(text(data.reason)) }
    case 'tool.call_requested':
      return {
        code: exitCodes.waiting,
        says: `The turn waits for the results of client-side tools (${callNames(data.tool_calls)}).`,
      }
    case 'budget.paused':
      return { code: exitCodes.waiting, says: 'The turn is paused by its budget.' }
    default:
      return null
  }
}

const cancelled = (reason: string): string =>
  reason === 'new_message' ? 'The turn was ended by a new message to the session.' : 'The turn was cancelled.'

function callNames(calls: unknown): string {
  if (!Array.isArray(calls)) return ''
  return calls.map((call: { name?: unknown }) => text(call?.name)).join(', ')
}
