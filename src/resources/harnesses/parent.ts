// Which harness a harness inherits from: there, active, and not itself a descendant.
import { toWire, type Uuid } from '../../contract/ids.ts'
import { Problem } from '../../contract/problem.ts'
import type { Ctx } from '../context.ts'
import { requireActiveHarness } from './find.ts'
import { chainOf, maxChain } from './store.ts'

/**
 * The parent's UUID. `self` is the harness that gets it, unless it is new. Problem `not_found`, `bad_request` for an archived parent,
 * a cycle, or a chain that grows too long. The caller holds the organisation's row, so that two changes cannot make a cycle together.
 */
export async function checkedParent({ tx, orgId }: Ctx, parentId: Uuid, self?: Uuid): Promise<Uuid> {
  await requireActiveHarness(tx, orgId, toWire('harness', parentId))
  const chain = await chainOf(tx, orgId, parentId)
  if (self && chain.some(({ id }) => id === self)) {
    throw new Problem('bad_request', 'A harness cannot inherit from itself', { code: 'harness_cycle' })
  }
  if (chain.length >= maxChain / 2) throw new Problem('bad_request', `A chain of harnesses ends at ${maxChain / 2}`)
  return parentId
}
