// One circuit as one process knows it. Pure: the caller says when. Half open is no state of its own: it is an open circuit whose
// time has come.

export interface CircuitConfig {
  /** Failures that open it … */
  failures: number
  /** … when they are not older than this, ms. */
  windowMs: number
  /** How long nobody calls, ms. */
  resetMs: number
  /** Successes that close it again once its time has come. */
  successes: number
}

export const usualCircuit: CircuitConfig = { failures: 5, windowMs: 60_000, resetMs: 30_000, successes: 2 }

export type Circuit =
  /** When its failures were; the oldest first. */
  { state: 'closed'; failures: readonly number[] } | { state: 'open'; until: number; successes: number }

export const closed: Circuit = { state: 'closed', failures: [] }

/**
 * The circuit after a call. The same object where nothing changed. In a closed one a success makes up for one failure: a service
 * that is only busy is not cut off. What was under way when it opened does not count.
 */
export function afterCall(circuit: Circuit, ok: boolean, now: number, config: CircuitConfig): Circuit {
  if (circuit.state === 'closed') return ok ? forgiven(circuit) : failed(circuit.failures, now, config)
  if (now < circuit.until) return circuit
  if (!ok) return opened(now, config)
  const successes = circuit.successes + 1
  return successes >= config.successes ? closed : { ...circuit, successes }
}

const opened = (now: number, { resetMs }: CircuitConfig): Circuit => ({ state: 'open', until: now + resetMs, successes: 0 })

function forgiven(circuit: Extract<Circuit, { state: 'closed' }>): Circuit {
  return circuit.failures.length === 0 ? circuit : { state: 'closed', failures: circuit.failures.slice(1) }
}

function failed(before: readonly number[], now: number, config: CircuitConfig): Circuit {
  const failures = [...before.filter((at) => at > now - config.windowMs), now]
  return failures.length >= config.failures ? opened(now, config) : { state: 'closed', failures }
}
