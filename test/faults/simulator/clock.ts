// Virtual time. Whatever waits in a run waits in this queue, and nothing else moves: one event at a time, each followed by everything
// that it made ready. While it stands in for the process's own clock, timers belong to the actor whose code set them.

/** Somebody whose code runs: a control plane, a worker, a user, the network. */
export interface Actor {
  readonly name: string
  /** False once it has crashed: nothing of it happens any more. */
  alive: boolean
  /** Until then it is as stopped by a signal: what is due for it waits. */
  pausedUntil: number
}

export const actor = (name: string): Actor => ({ name, alive: true, pausedUntil: 0 })

interface Due {
  at: number
  /** Of two due at one time the one scheduled first. */
  order: number
  actor: Actor
  run(): void
  /** It wakes no promise: nothing to wait for afterwards. */
  isQuiet: boolean
  cancelled: boolean
  /** Set again at this interval. */
  everyMs: number | null
}

type Callback = (...args: unknown[]) => void

const realSetImmediate = setImmediate
/** Every microtask that is ready, and those it makes ready, has run. */
const drained = (): Promise<void> => new Promise((resolve) => realSetImmediate(resolve))

export class Clock {
  /** Milliseconds since 1970: also what the database says. */
  now: number
  readonly #queue: Due[] = []
  #order = 0
  #current: Actor

  constructor(startMs: number, outside: Actor) {
    this.now = startMs
    this.#current = outside
  }

  /** Runs code as an actor's: what it schedules is that actor's. */
  as<T>(who: Actor, run: () => T): T {
    const before = this.#current
    this.#current = who
    try {
      return run()
    } finally {
      this.#current = before
    }
  }

  after(delayMs: number, who: Actor, run: () => void, isQuiet = false): Due {
    const due: Due = {
      at: this.now + Math.max(0, delayMs),
      order: this.#order++,
      actor: who,
      run,
      isQuiet,
      cancelled: false,
      everyMs: null,
    }
    this.#push(due)
    return due
  }

  /** Lets time pass until `isOver` says so; false when that took longer than `limitMs`. */
  async passUntil(isOver: () => boolean, limitMs: number): Promise<boolean> {
    const end = this.now + limitMs
    while (!isOver()) {
      const next = this.#queue[0]
      const due = next && next.at <= end ? this.#pop() : undefined
      if (!due) return false
      this.now = Math.max(this.now, due.at)
      await this.#perform(due)
    }
    return true
  }

  async #perform(due: Due): Promise<void> {
    if (due.cancelled || !due.actor.alive) return
    if (due.actor.pausedUntil > this.now) {
      due.at = due.actor.pausedUntil
      this.#push(due)
      return
    }
    if (due.everyMs !== null) this.#push(Object.assign(due, { at: this.now + due.everyMs, order: this.#order++ }))
    // Not put back before the promises it woke have run: they are the same actor's.
    this.#current = due.actor
    due.run()
    if (!due.isQuiet) await drained()
  }

  /** Puts this clock in the place of the process's; answers how to take it away again. */
  install(): () => void {
    const real = { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, now: Date.now }
    const set = (callback: Callback, delayMs = 0, everyMs: number | null = null) => {
      const due = this.after(Math.max(1, delayMs), this.#current, callback)
      due.everyMs = everyMs
      return due
    }
    const clear = (due?: Due) => {
      if (due) due.cancelled = true
    }
    Object.assign(globalThis, {
      setTimeout: set,
      setInterval: (callback: Callback, everyMs: number) => set(callback, everyMs, everyMs),
      setImmediate: (callback: Callback) => this.after(0, this.#current, callback),
      clearTimeout: clear,
      clearInterval: clear,
    })
    Date.now = () => Math.floor(this.now)
    const startMs = this.now
    Object.defineProperty(performance, 'now', { value: () => this.now - startMs, configurable: true })
    return () => {
      const { now, ...timers } = real
      Object.assign(globalThis, timers)
      Date.now = now
      Reflect.deleteProperty(performance, 'now')
    }
  }

  #push(due: Due): void {
    const queue = this.#queue
    let at = queue.push(due) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!isBefore(due, queue[above])) break
      swap(queue, at, above)
      at = above
    }
  }

  #pop(): Due | undefined {
    const queue = this.#queue
    const last = queue.pop()
    if (!last || queue.length === 0) return last
    const first = queue[0]
    queue[0] = last
    sink(queue)
    return first
  }
}

const isBefore = (a: Due | undefined, b: Due | undefined): boolean =>
  a !== undefined && b !== undefined && (a.at < b.at || (a.at === b.at && a.order < b.order))

function swap(queue: Due[], a: number, b: number): void {
  const [one, other] = [queue[a], queue[b]]
  if (!one || !other) throw new Error('no such place in the queue')
  queue[a] = other
  queue[b] = one
}

/** A binary heap's repair after its top was replaced. */
function sink(queue: Due[]): void {
  for (let at = 0; ; ) {
    const [left, right] = [2 * at + 1, 2 * at + 2]
    const least = isBefore(queue[right], queue[left]) ? right : left
    if (!isBefore(queue[least], queue[at])) return
    swap(queue, at, least)
    at = least
  }
}
