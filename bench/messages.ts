// What the processes of a measurement say to each other, beside what the product's own lines carry.
import type { Uuid } from '../src/contract/ids.ts'
import type { ProfilerMessage } from './profiler.ts'

export interface ChainStart {
  /** The workflow's id. */
  id: Uuid
  /** A head that exists and has no live workflow. */
  head: Uuid
  kind: 'noop' | 'recorded'
  /** Tells the workflow's rows of effects apart. */
  number: number
}

export type ToServer =
  | { do: 'start'; chains: ChainStart[] }
  /** Commits one event to a session's log. */
  | { do: 'write'; sessionId: Uuid }
  /** Commits so many events to a session's log, at once. */
  | { do: 'fill'; sessionId: Uuid; events: number }
  | ToWorker
export type ToWorker = { do: 'stop' } | ProfilerMessage
/** Opens streams of these URLs' sessions, all at one host. */
export type ToReaders = { do: 'open'; host: string; port: number; paths: string[] } | { do: 'stop' }

export type FromServer = { is: 'ready'; url: string; grpcPort: number } | { is: 'failed'; why: string }
export type FromWorker =
  | { is: 'ready' }
  /** Workflows whose last step is stored. */
  | { is: 'done'; ids: Uuid[] }
  /** How long each of some slots was free before the next queued step began in it; ms. */
  | { is: 'waited'; ms: number[] }
export type FromReaders =
  | { is: 'ready' }
  /** All of them are connected. */
  | { is: 'open' }
  | { is: 'failed'; why: string }
  /** When each reader had an event, counted from its writing; ms. Told once all of them have it. */
  | { is: 'arrived'; ms: number[] }

/** Milliseconds of a clock that all processes of a machine share. */
export const sharedClock = (): number => Number(process.hrtime.bigint()) / 1e6

/** Sends what was pushed within one turn of the event loop together. */
export function gathered<T>(send: (all: T[]) => void): (one: T) => void {
  let waiting: T[] = []
  return (one) => {
    if (waiting.push(one) > 1) return
    setImmediate(() => {
      const all = waiting
      waiting = []
      send(all)
    })
  }
}
