// The turn's doors for operations, and what the engine is handed about turns.
import type { Kysely } from 'kysely'
import type { StoredEvent } from '../../contract/events/index.ts'
import type { Uuid } from '../../contract/ids.ts'
import type { Database } from '../../db/schema.ts'
import type { Engine, WorkflowRegistration } from '../../durable/index.ts'
import type { SubmittedResult } from '../../turn/call-results.ts'
import type { TurnState } from '../../turn/state.ts'
import type { Ctx } from '../context.ts'
import { type AcceptedMessage, acceptItem, type NewMessage } from './accept.ts'
import { cancelTurn } from './cancel.ts'
import { configRevisions, SessionConfigs } from './config.ts'
import { contextsOf } from './context.ts'
import { cancelItem, resultsItem, resumeItem, titleItem } from './control.ts'
import { RecentEvents } from './recent.ts'
import { submitToolResults } from './tool-results.ts'
import { turnContext } from './turn-context.ts'
import { turnWorkflow } from './workflow.ts'

/** Every method is one change under the session's head, committed when it resolves. Each may answer Problem `not_found`. */
export interface Turns {
  accept(orgId: Uuid, sessionId: Uuid, message: NewMessage): Promise<AcceptedMessage>
  /** True when there was a turn to cancel: the live one, or `only` that one. */
  cancel(orgId: Uuid, sessionId: Uuid, reason: string, only?: Uuid): Promise<boolean>
  submitResults(orgId: Uuid, sessionId: Uuid, results: SubmittedResult[], key?: string): Promise<{ accepted: number }>
  resume(orgId: Uuid, sessionId: Uuid): Promise<void>
  setTitle(orgId: Uuid, sessionId: Uuid, title: string): Promise<void>
  configs: SessionConfigs
}

export interface TurnParts {
  db: Kysely<Database>
  drivers: Ctx['drivers']
  toolResultTimeoutMs: number
  /** The engine is made with the registration, so it comes later. */
  engine(): Engine
}

export interface TurnsAndRegistration {
  turns: Turns
  registration: WorkflowRegistration<TurnState>
  /** The engine asks it with every batch, and tells the contexts. */
  configRevisions: typeof configRevisions
  /** To be called with every committed event. */
  published(events: readonly StoredEvent[]): void
}

export function createTurns({ db, drivers, toolResultTimeoutMs, engine }: TurnParts): TurnsAndRegistration {
  const configs = new SessionConfigs(db, drivers)
  const recent = new RecentEvents()
  return {
    turns: {
      accept: (orgId, sessionId, message) =>
        engine().submit(acceptItem(orgId, sessionId, message, { toolResultTimeoutMs, configs })),
      cancel: (orgId, sessionId, reason, only) => engine().submit(cancelItem(orgId, sessionId, reason, only)),
      submitResults: (orgId, sessionId, results, key) => engine().submit(resultsItem(orgId, sessionId, results, key)),
      resume: (orgId, sessionId) => engine().submit(resumeItem(orgId, sessionId)),
      setTitle: (orgId, sessionId, title) => engine().submit(titleItem(orgId, sessionId, title)),
      configs,
    },
    registration: {
      type: turnWorkflow,
      contexts: (requests) => contextsOf({ db, configs, recent, breakers: () => engine().breakers }, requests),
    },
    configRevisions,
    published: (events) => recent.add(events),
  }
}

export const turnOperations = [cancelTurn, submitToolResults, turnContext]
