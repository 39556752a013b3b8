// Call, in the name of one task: while the control plane is away the question waits and is asked again.
import type { ControlPlane } from '../contract/control-plane.ts'
import type { Uuid } from '../contract/ids.ts'
import type { Json } from '../contract/json.ts'
import { Problem } from '../contract/problem.ts'
import type { TaskRef } from '../contract/workflow.ts'

const firstPauseMs = 100
const longestPauseMs = 1_000
/** A control plane that is restarted is back by then; after it the step fails and may be tried again. */
const tries = 12

interface CallOptions {
  controlPlane: ControlPlane
  task: TaskRef
  incarnation: Uuid
  signal: AbortSignal
}

/** What workers may ask either reads or is deduplicated by its operation, so asking twice is harmless. */
export const callThrough =
  ({ controlPlane, task, incarnation, signal }: CallOptions) =>
  async (operation: string, input: Json): Promise<Json> => {
    for (let tried = 1; ; tried += 1) {
      try {
        return await controlPlane.call(task, incarnation, operation, input, signal)
      } catch (error) {
        const away = error instanceof Problem && error.kind === 'unavailable'
        if (!away || tried === tries || signal.aborted) throw error
        await pause(Math.min(longestPauseMs, firstPauseMs * 2 ** (tried - 1)), signal)
      }
    }
  }

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    function done(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
  })
