// Where a reader goes on: an event id says it, whether we know the event or not.

import type { Kysely } from 'kysely'
import { sequenceOfEventId, type Uuid } from '../../contract/ids.ts'
import { Problem } from '../../contract/problem.ts'
import type { Database } from '../../db/schema.ts'
import { headOf, sequenceBefore } from './store.ts'

/** Whose log it is, and how it is read: in the request's transaction or outside. */
interface Reader {
  tx: Kysely<Database>
  orgId: Uuid
}

/** The last sequence of a session's log. Problem `not_found` where the caller's organisation has no such session. */
export async function headOrRefuse({ tx, orgId }: Reader, session: Uuid): Promise<number> {
  const head = await headOf(tx, orgId, session)
  if (head === undefined) throw new Problem('not_found', 'There is no such session')
  return head
}

/**
 * The sequence that an event id stands for. An id that this log cannot have made (of another session, or made up) still
 * resumes: after everything that is older than it.
 */
export async function sequenceOf({ tx, orgId }: Reader, session: Uuid, head: number, id: Uuid): Promise<number> {
  const sequence = sequenceOfEventId(id) ?? 0
  return sequence <= head ? sequence : sequenceBefore(tx, orgId, session, id)
}
