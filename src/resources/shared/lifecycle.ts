// active → archived → deleted, the same for agents and harnesses. Archived can be read, nothing else; back to active by PATCH.
import { Problem } from '../../contract/problem.ts'

export type Status = 'active' | 'archived' | 'deleted'
interface Living {
  name: string
  status: Status
}

/** The columns of a new status; none when it stays. Problem `forbidden`: nothing is deleted by PATCH. */
export function statusColumns(row: Living, status: Status | null | undefined, now: Date) {
  if (status === 'deleted') throw new Problem('forbidden', 'Archive it, then delete it with POST …/delete')
  if (!status || status === row.status) return {}
  return { status, archived_at: status === 'archived' ? now : null }
}

/** Problem `bad_request` for an archived row that is not made active by the same change. */
export function refuseArchived(row: Living, status?: Status | null): void {
  if (row.status === 'archived' && status !== 'active') {
    throw new Problem('bad_request', `${row.name} is archived; set its status to active first`, { code: 'archived' })
  }
}

/** Problem `bad_request`: only what is archived can be deleted for good. */
export function refuseUnarchived(row: Living): void {
  if (row.status !== 'archived')
    throw new Problem('bad_request', `Archive ${row.name} before deleting it for good`, { code: 'not_archived' })
}
