// A task that stands alone: a head nobody talks to and a workflow of one step. It is leased, retried and counted like every
// other step; the admin API shows it without its workflow.
import type { Insertable, Kysely } from 'kysely'
import { newId, type Uuid } from '../contract/ids.ts'
import { type Json, toJsonText } from '../contract/json.ts'
import type { TaskOutcome, WorkflowType } from '../contract/workflow.ts'
import type { Database } from '../db/schema.ts'
import type { Tasks } from '../db/schema-engine.ts'
import type { WorkflowRegistration } from './ports.ts'

/** The name of the workflow type, and the key of its only task. */
export const standaloneType = 'standalone'

/** Nothing is left to decide: the step ends it. */
type Standalone = Record<string, never>

const type: WorkflowType<Standalone> = {
  type: standaloneType,
  version: 1,
  reads: [1],
  plan: (state, outcome) => ({ state, end: endOf(outcome) }),
}

const endOf = (outcome: TaskOutcome): { status: 'completed'; result: Json } | { status: 'failed'; error: Json } => {
  if (outcome.status === 'finished') return { status: 'completed', result: outcome.value }
  return { status: 'failed', error: { message: 'error' in outcome ? outcome.error : outcome.status } }
}

/** What the engine is given for them; a step's context is empty, its input is all there is. */
export const standaloneRegistration: WorkflowRegistration<Standalone> = {
  type,
  contexts: (requests) => requests.map(async () => '{}'),
}

export interface NewStandalone {
  orgId: Uuid
  /** The step a worker must know. */
  kind: string
  input: Json
  /** Higher first; 0 unless said. */
  priority?: number
  /** Runs in all, the first one included; 3 unless said. */
  maxAttempts?: number
}

const usualAttempts = 3

/**
 * Puts a task into the queue, in the caller's transaction (of the engine or of the organisation). After the commit tell the
 * engine to look (`wake`, and the hint for the other replicas); without that it is found within a second.
 */
export async function insertStandalone(tx: Kysely<Database>, given: NewStandalone): Promise<{ taskId: Uuid; workflowId: Uuid }> {
  const { orgId, kind, input, priority = 0, maxAttempts = usualAttempts } = given
  const ids = { org_id: orgId, workflow_id: newId(), session_id: newId() }
  const task: Insertable<Tasks> = {
    ...ids,
    id: newId(),
    key: standaloneType,
    kind,
    class: 'idempotent',
    status: 'pending',
    input: toJsonText(input),
    priority,
    max_failures: maxAttempts,
  }
  const { org_id, session_id, workflow_id } = ids
  await tx.insertInto('session_heads').values({ org_id, session_id, live_turn: workflow_id }).execute()
  const workflow = {
    id: workflow_id,
    org_id,
    session_id,
    type: standaloneType,
    status: 'running',
    version: 1,
    state: '{}',
  } as const
  await tx.insertInto('workflows').values(workflow).execute()
  await tx.insertInto('tasks').values(task).execute()
  return { taskId: task.id, workflowId: workflow_id }
}
