// What was opened is closed in the opposite order, whatever goes wrong on the way.
import type { Logger } from 'pino'

export class Closing {
  readonly #log: Logger
  #steps: { what: string; close: () => unknown }[] = []

  constructor(log: Logger) {
    this.#log = log
  }

  /** Remembers how to close what was just opened. */
  add(what: string, close: () => unknown): void {
    this.#steps.push({ what, close })
  }

  /** Closes everything once; a step that fails does not keep the others open. */
  async close(): Promise<void> {
    const steps = this.#steps.reverse()
    this.#steps = []
    for (const { what, close } of steps) {
      try {
        await close()
      } catch (error) {
        this.#log.warn({ err: error, what }, 'could not be closed cleanly')
      }
    }
  }

  /** Runs `open`; when it fails, what it had opened so far is closed before the failure goes on. */
  async orClose<T>(open: () => Promise<T>): Promise<T> {
    try {
      return await open()
    } catch (error) {
      await this.close()
      throw error
    }
  }
}

/** Resolves at the first SIGINT or SIGTERM; the second one ends the process at once. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(130)
        asked = true
        resolve()
      })
    }
  })
}
