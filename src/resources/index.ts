// The operation table: every noun's operations. Transports, OpenAPI and the catalogue test read it.

import type { AnyOperation } from '../contract/operation.ts'
import { agents } from './agents/index.ts'
import { capabilities } from './capabilities/index.ts'
import type { Ctx } from './context.ts'
import { circuitBreakers } from './durable/circuit-breakers/index.ts'
import { durable } from './durable/index.ts'
import { schedules } from './durable/schedules/index.ts'
import { events } from './events/index.ts'
import { files } from './files/index.ts'
import { harnesses } from './harnesses/index.ts'
import { messages } from './messages/index.ts'
import { models } from './models/index.ts'
import { organizations } from './organizations/index.ts'
import { providers } from './providers/index.ts'
import { sessions } from './sessions/index.ts'
import { storage } from './storage/index.ts'
import { turnOperations } from './turns/index.ts'
import { workspaces } from './workspaces/index.ts'

export const operations: readonly AnyOperation<Ctx>[] = [
  ...agents,
  ...harnesses,
  ...sessions,
  ...messages,
  ...turnOperations,
  ...events,
  ...capabilities,
  ...models,
  ...providers,
  ...organizations,
  ...workspaces,
  ...files,
  ...storage,
  ...durable,
  ...schedules,
  ...circuitBreakers,
]
