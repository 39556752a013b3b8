// GET /v1/capabilities/{capability_id}: by id or an old id.
import { z } from 'zod'
import { Problem } from '../../contract/problem.ts'
import { operation } from '../context.ts'
import { capabilityInfo, toCapabilityInfo } from './shape.ts'
import { capabilityUse } from './store.ts'
import { useOfCapability } from './use.ts'

export const getCapability = operation({
  name: 'get_capability',
  route: 'GET /v1/capabilities/{capability_id}',
  tag: 'capabilities',
  summary: 'Read one capability: its tools, prompt and configuration.',
  needs: 'capabilities.view',
  class: 'read',
  input: z.object({ capability_id: z.string() }),
  output: capabilityInfo,

  async run(ctx, { capability_id }) {
    const capability = ctx.capabilities.find(capability_id)
    if (!capability) throw new Problem('not_found', `There is no capability ${capability_id}`)
    const uses = await capabilityUse(ctx.tx, ctx.orgId)
    return toCapabilityInfo(ctx, capability, useOfCapability(uses, capability))
  },
})
