// The agent a session really runs: harness chain, agent and session merged, as the worker merges them.
import type { Uuid } from '../../contract/ids.ts'
import { type RuntimeAgent, runtimeAgent } from '../../turn/runtime-agent.ts'
import type { Layer } from '../../turn/session-config.ts'
import { agentLayer } from '../agents/layer.ts'
import { agentsByIds } from '../agents/store.ts'
import type { Ctx } from '../context.ts'
import { harnessChain, harnessLayer } from '../harnesses/chain.ts'
import { type LayerColumns, sessionLayer } from './layers.ts'
import type { SessionRow } from './store.ts'

type Merging = Pick<Ctx, 'tx' | 'orgId' | 'capabilities' | 'now'>

/** Root harness first; the agent, if there is one, last. */
export async function outerLayers({ tx, orgId }: Merging, harnessId: Uuid, agentId: Uuid | null): Promise<Layer[]> {
  const harnesses = await harnessChain(tx, orgId, harnessId)
  const [agent] = agentId ? await agentsByIds(tx, orgId, [agentId]) : []
  return [...harnesses.map(harnessLayer), ...(agent ? [agentLayer(agent)] : [])]
}

export const mergedAgent = (ctx: Merging, outer: Layer[], row: LayerColumns & { locale: string | null }): RuntimeAgent =>
  runtimeAgent([...outer, sessionLayer(row)], ctx.capabilities, {
    locale: row.locale ?? 'en',
    timezone: 'UTC',
    inputAt: ctx.now(),
  })

/** The UI features of each session, in order. What sessions have in common is read once. */
export async function featuresOf(ctx: Merging, rows: SessionRow[]): Promise<string[][]> {
  const outer = new Map<string, Layer[]>()
  const features: string[][] = []
  for (const row of rows) {
    const key = `${row.harness_id} ${row.agent_id}`
    const layers = outer.get(key) ?? (await outerLayers(ctx, row.harness_id, row.agent_id))
    outer.set(key, layers)
    features.push(mergedAgent(ctx, layers, row).features)
  }
  return features
}
