// Runs the periodic duties of this process: each at its own interval, never twice at once, its accidents logged.
import type { Logger } from 'pino'
import type { Duty } from '../durable/index.ts'

export interface Jobs {
  /** Tells duties and waits for those that are under way. */
  stop(): Promise<void>
}

/** Starts every duty; the first run comes after one interval. */
export function startJobs(duties: readonly Duty[], log: Logger): Jobs {
  const runs = new Map<string, Promise<void>>()
  const stopping = new AbortController()
  const timers = duties.map((duty) =>
    setInterval(() => {
      if (runs.has(duty.name)) return
      runs.set(
        duty.name,
        perform(duty, stopping.signal, log).finally(() => runs.delete(duty.name)),
      )
    }, duty.everyMs),
  )
  return {
    async stop() {
      for (const timer of timers) clearInterval(timer)
      stopping.abort()
      await Promise.all(runs.values())
    },
  }
}

async function perform(duty: Duty, stopping: AbortSignal, log: Logger): Promise<void> {
  try {
    const did = await duty.run(stopping)
    if (Object.keys(did).length > 0) log.debug({ duty: duty.name, ...did }, 'duty done')
  } catch (error) {
    log.warn({ err: error, duty: duty.name }, 'a duty failed; it is tried again')
  }
}
