// What every operation is handed. Made by server/run.ts for a request, and by the worker's Call for a held task.
import type { Transaction } from 'kysely'
import type { Logger } from 'pino'
import type { CapabilityRegistry } from '../contract/capability.ts'
import type { Uuid } from '../contract/ids.ts'
import type { Driver } from '../contract/model.ts'
import { operation as makeOperation } from '../contract/operation.ts'
import type { Db } from '../db/connect.ts'
import type { Database } from '../db/schema.ts'
import type { Sealer } from '../db/seal.ts'
import type { Durable } from './durable/durable.ts'
import type { EventFeed } from './events/feed.ts'
import type { Turns } from './turns/index.ts'

export interface Caller {
  userId: Uuid
  orgId: Uuid
  /** Whether a `needs` permission is granted. */
  may(permission: string): boolean
}

/** The lease a worker's Call is made under; read from the database, never from the message. */
export interface TaskLease {
  taskId: Uuid
  sessionId: Uuid
  workflowId: Uuid
  step: string
  class: string
}

export interface Ctx {
  caller: Caller
  orgId: Uuid
  /** One transaction as everruns_app in the caller's organisation; read-only for reads. Not there where `ownTransactions`. */
  tx: Transaction<Database>
  db: Db
  turns: Turns
  durable: Durable
  feed: EventFeed
  sealer: Sealer
  capabilities: CapabilityRegistry
  /** For credential forms and to know which need a key; resources never call a driver. */
  drivers: readonly Pick<Driver, 'id' | 'label' | 'needsKey' | 'credentialFields'>[]
  /** Public bases without trailing slash: `api` ends before `/v1`. */
  urls: { api: string; ui: string }
  log: Logger
  now(): Date
  requestId: string
  idempotencyKey?: string
  /** Only in a worker's Call. */
  lease?: TaskLease
  signal: AbortSignal
}

export const operation = makeOperation<Ctx>()
