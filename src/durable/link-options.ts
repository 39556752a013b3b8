// What a worker's stream needs of the rest of the engine.
import type { Logger } from 'pino'
import type { Hello, ServiceReport } from '../contract/control-plane.ts'
import type { Uuid } from '../contract/ids.ts'
import type { Dispatcher } from './dispatch.ts'
import type { Item } from './item.ts'
import type { Registered } from './leases.ts'
import type { Streams } from './streams.ts'

export interface LinkOptions {
  streams: Streams
  dispatcher: Dispatcher
  log: Logger
  beatMs: number
  leaseMs: number
  /** Process clock, ms. */
  clock(): number
  submit<R>(item: Item<R>): Promise<R>
  register(hello: Hello): Promise<Registered>
  /** Where tasks belong that this process never assigned. */
  placeOf(taskId: Uuid): Promise<TaskPlace | null>
  lost(incarnation: Uuid, epoch: number): void
  retired(incarnation: Uuid): Promise<void>
  /** What a step met outside, once its end is stored. */
  met(orgId: Uuid, reports: readonly ServiceReport[]): void
  random(): number
}

/** Where a task belongs. */
export interface TaskPlace {
  sessionId: Uuid
  orgId: Uuid
  workflowId: Uuid
}
