// GET /v1/capabilities
import { z } from 'zod'
import type { Capability } from '../../contract/capability.ts'
import { pageOf, pageQuery, searchTokens } from '../../contract/page.ts'
import { operation } from '../context.ts'
import { pageOfRows } from '../shared/paging.ts'
import { capabilityInfo, toCapabilityInfo } from './shape.ts'
import { capabilityUse } from './store.ts'
import { useOfCapability } from './use.ts'

export const listCapabilities = operation({
  name: 'list_capabilities',
  route: 'GET /v1/capabilities',
  tag: 'capabilities',
  summary: 'List what agents can be given.',
  needs: 'capabilities.view',
  class: 'read',
  input: z.object({ search: z.string().nullish(), ...pageQuery }),
  output: pageOf(capabilityInfo).meta({ id: 'PaginatedResponse_WithUrls_CapabilityInfo' }),

  async run(ctx, query) {
    const found = ctx.capabilities.all().filter((capability) => says(capability, query.search))
    const sorted = found.sort((a, b) => a.name.localeCompare(b.name, 'en') || a.id.localeCompare(b.id, 'en'))
    const uses = await capabilityUse(ctx.tx, ctx.orgId)
    const data = sorted
      .slice(query.offset, query.offset + query.limit)
      .map((capability) => toCapabilityInfo(ctx, capability, useOfCapability(uses, capability)))
    return pageOfRows(ctx.urls, 'capabilities', query, data, found.length)
  },
})

/** The same rule as SQL searches have: every word, anywhere in name and description. */
function says({ id, name, description }: Capability, search: string | null | undefined): boolean {
  const text = `${id} ${name} ${description}`.toLowerCase()
  return searchTokens(search ?? '').every((token) => text.includes(token.toLowerCase()))
}
