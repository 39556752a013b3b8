// The database's time between two answers of it: the last one that was heard, and how long that is ago by this process's clock.

/** Milliseconds. An answer older than this says nothing: the two clocks may run at different speeds. */
const trustedMs = 5_000

export class DatabaseClock {
  readonly #clock: () => number
  #heard = 0
  #heardAt = Number.NEGATIVE_INFINITY

  /** `clock`: milliseconds of this process; only differences count. */
  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** A statement answered with this time, which was measured before the answer came: so the guess is never ahead of the database. */
  hear(now: number): void {
    const guess = this.now()
    // The answer before was less late.
    if (guess !== null && guess >= now) return
    this.#heard = now
    this.#heardAt = this.#clock()
  }

  /** What was heard turned out to be wrong: one of the clocks was set. */
  forget(): void {
    this.#heardAt = Number.NEGATIVE_INFINITY
  }

  /** Milliseconds since 1970, a little late; null when nothing was heard for a while. */
  now(): number | null {
    const ago = this.#clock() - this.#heardAt
    return ago <= trustedMs ? this.#heard + ago : null
  }
}
