// The caller's organisation with what its defaults come to.
import { Problem } from '../../contract/problem.ts'
import type { Ctx } from '../context.ts'
import { defaultHarness } from '../harnesses/find.ts'
import { findHarness } from '../harnesses/store.ts'
import { toOrganization } from './shape.ts'
import { findOrganization } from './store.ts'

export async function describeOrganization({ tx, orgId }: Pick<Ctx, 'tx' | 'orgId'>) {
  const row = await findOrganization(tx, orgId)
  if (!row) throw new Problem('not_found', 'There is no such organisation')
  const base = await findHarness(tx, orgId, { name: 'base' })
  return toOrganization(row, { default: (await defaultHarness(tx, orgId)).id, base: base?.id })
}

/** Other organisations do not exist for a caller. */
export function refuseForeign(asked: string, mine: string): void {
  if (asked !== mine) throw new Problem('not_found', 'There is no such organisation')
}
