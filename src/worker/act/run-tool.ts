// Runs one tool within its time limit. Whatever it does, this answers with a value: a result, a failure in words, or no news at all
// when the step was stopped.
import { ToolError } from '../../contract/capability.ts'
import { Problem } from '../../contract/problem.ts'

export type Ran =
  | { status: 'success'; value: unknown }
  /** `accident`: not the model's to mend; its cause is for the log. */
  | { status: 'error'; error: string; accident?: unknown }
  | { status: 'timeout'; error: string }
  /** The control plane was away: the call may be tried again. */
  | { status: 'unavailable'; error: string }

export interface ToolRun {
  /** Ends with the step. */
  signal: AbortSignal
  timeoutMs: number
  /** The signal it is given ends with the call, for whatever reason. */
  run(signal: AbortSignal): Promise<unknown>
}

const hidden = 'The tool failed because of an internal error.'

export async function runTool({ signal, timeoutMs, run }: ToolRun): Promise<Ran> {
  if (signal.aborted) return failure(signal.reason)
  const running = new AbortController()
  const timedOut = Symbol('timed out')
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<typeof timedOut>((resolve) => {
    timer = setTimeout(() => resolve(timedOut), timeoutMs)
  })
  // Not `AbortSignal.any`, which takes longer than the rest of this function.
  const stop = (): void => running.abort(signal.reason)
  // A tool that does not listen to its signal must not hold the slot.
  const stopped = new Promise<never>((_, reject) => {
    running.signal.addEventListener('abort', () => reject(running.signal.reason))
  })
  stopped.catch(() => {})
  signal.addEventListener('abort', stop)
  try {
    const value = await Promise.race([run(running.signal), limit, stopped])
    if (value !== timedOut) return { status: 'success', value }
    return { status: 'timeout', error: `The tool did not end within ${timeoutMs / 1000} s.` }
  } catch (error) {
    return failure(error)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
    running.abort(new Error('the call has ended'))
  }
}

function failure(error: unknown): Ran {
  if (error instanceof ToolError) return { status: 'error', error: error.message }
  if (error instanceof Problem && error.kind === 'unavailable') return { status: 'unavailable', error: error.message }
  return { status: 'error', error: hidden, accident: error }
}
