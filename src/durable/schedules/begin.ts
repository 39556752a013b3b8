// Begins what a schedule names: a workflow of a type by its name, or a task that stands alone. In the caller's transaction, on a
// head of its own.
import { CompiledQuery, type Kysely } from 'kysely'
import { newId, type Uuid } from '../../contract/ids.ts'
import type { Json } from '../../contract/json.ts'
import type { WorkflowType } from '../../contract/workflow.ts'
import type { Database } from '../../db/schema.ts'
import type { Ports } from '../ports.ts'
import { insertStandalone } from '../standalone.ts'
import { insertHeads } from '../statements.ts'
import { HeadView } from '../view.ts'
import { writesOf } from '../write.ts'
import type { LockedSchedule } from './store.ts'

export interface Beginner {
  types: ReadonlyMap<string, WorkflowType<unknown>>
  ports: Ports
}

export interface Begun {
  workflow_id: Uuid
  task_id: Uuid | null
}

/** Throws where the type is not known or does not take the input. */
export async function beginTarget(tx: Kysely<Database>, schedule: LockedSchedule, beginner: Beginner): Promise<Begun> {
  const { org_id: orgId, target_type, target_name, target_input: input } = schedule
  if (target_type === 'activity') {
    const maxAttempts = attemptsOf(schedule.retry_policy)
    const { workflowId, taskId } = await insertStandalone(tx, { orgId, kind: target_name, input, maxAttempts })
    return { workflow_id: workflowId, task_id: taskId }
  }
  return { workflow_id: await beginWorkflow(tx, orgId, target_name, input, schedule.now, beginner), task_id: null }
}

/** Of the stored policy, which was checked when it was written. */
function attemptsOf(policy: Json): number | undefined {
  const attempts = typeof policy === 'object' && policy !== null && 'max_attempts' in policy ? policy.max_attempts : undefined
  return typeof attempts === 'number' ? attempts : undefined
}

async function beginWorkflow(
  tx: Kysely<Database>,
  orgId: Uuid,
  typeName: string,
  input: Json,
  now: Date,
  { types, ports }: Beginner,
): Promise<Uuid> {
  const type = types.get(typeName)
  if (!type?.begin) throw new Error(`no workflow type ${typeName} can be begun by a schedule`)
  const view = freshHead(orgId, now, types)
  const { id } = view.start(newId(), type, type.begin(input))
  const statements = [insertHeads([view.head]), ...writesOf([view], ports)]
  for (const { text, values } of statements) await tx.executeQuery(CompiledQuery.raw(text, values))
  return id
}

const nobody = { place: () => null, mayKeep: () => true, knows: () => true }

/** A head that nobody else can know of yet; its tasks wait for a claim. */
function freshHead(orgId: Uuid, now: Date, types: Beginner['types']): HeadView {
  const head = { sessionId: newId(), orgId, lastSequence: 0, lastInput: 0, liveTurn: null, revision: 0 }
  const nothing = {
    tasks: [],
    leases: new Map(),
    revisions: new Map(),
    written: new Set<string>(),
    accepts: new Map(),
    configRevision: null,
  }
  return new HeadView({ ...nothing, head, workflow: null, inputs: new Map(), now: now.getTime() }, types, nobody)
}
