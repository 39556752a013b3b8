// What the commands need of the world around them. `process` has all of it.

export interface Output {
  write(text: string): unknown
  /** True where a person watches. */
  isTTY?: boolean
  /** A reader that went away (`| head`) shows as an error. */
  on?(event: 'error', listener: () => void): unknown
}

export interface Terminal {
  /** Answers: what a program would read. */
  stdout: Output
  /** Notes for a person: progress, hints, errors. */
  stderr: Output
  env: Readonly<Record<string, string | undefined>>
  on(signal: 'SIGINT', listener: () => void): unknown
  off(signal: 'SIGINT', listener: () => void): unknown
}

/** What a command's end tells the shell; printed in `--help`. */
export const exitCodes = { done: 0, failed: 1, cancelled: 2, waiting: 3 } as const

/** A refusal in one sentence, for whoever typed the command. */
export class Refusal extends Error {
  /** The same request may succeed later: the server is away, restarting or busy. */
  readonly passing: boolean
  /** Of the HTTP answer, where there was one. */
  readonly status: number | undefined

  constructor(sentence: string, options: { passing?: boolean; status?: number; cause?: unknown } = {}) {
    super(sentence, { cause: options.cause })
    this.name = 'Refusal'
    this.passing = options.passing ?? false
    this.status = options.status
  }
}
