// A capability's use under all the names it answers to.
import type { Capability } from '../../contract/capability.ts'
import { type CapabilityUse, unused } from './store.ts'

/** What names it twice, by id and by an alias, counts twice; nobody does. */
export const useOfCapability = (uses: Map<string, CapabilityUse>, { id, aliases }: Capability): CapabilityUse =>
  [id, ...(aliases ?? [])]
    .map((ref) => uses.get(ref) ?? unused)
    .reduce((sum, use) => ({ agents: sum.agents + use.agents, harnesses: sum.harnesses + use.harnesses }))
