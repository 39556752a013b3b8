// The session a worker's Call is about.
import type { Uuid } from '../../contract/ids.ts'
import { Problem } from '../../contract/problem.ts'
import type { Ctx } from '../context.ts'

/** Problem forbidden where nobody holds a task. */
export function leasedSession({ lease }: Pick<Ctx, 'lease'>): Uuid {
  if (!lease) throw new Problem('forbidden', 'Only a worker may ask this, in the name of a task it holds')
  return lease.sessionId
}
