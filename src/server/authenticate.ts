// Who is asking, and for which organisation. AUTH_MODE=none: whoever reaches the port is the anonymous administrator.
import type { IncomingHttpHeaders } from 'node:http'
import { anonymousUserId, defaultOrgId, fromWire, type Uuid } from '../contract/ids.ts'
import { Problem } from '../contract/problem.ts'
import type { Caller } from '../resources/context.ts'

/** Any Authorization, or none, is accepted. Problems: `bad_request` for a malformed X-Org-Id, `not_found` for one that is not ours. */
export function authenticate(headers: IncomingHttpHeaders): Caller {
  const asked = headers['x-org-id']
  if (asked !== undefined && asked !== '') {
    const orgId = fromWire('org', String(asked))
    if (!orgId) throw new Problem('bad_request', 'X-Org-Id must be org_ and 32 lowercase hex digits')
    if (orgId !== defaultOrgId) throw new Problem('not_found', 'There is no such organization')
  }
  return { userId: anonymousUserId, orgId: defaultOrgId, may: () => true }
}

/** Who a worker's Call is made by: the organisation is that of the held task's lease, and what it may do is decided by its audience. */
export const workerCaller = (orgId: Uuid): Caller => ({ userId: anonymousUserId, orgId, may: () => true })
