// What a model would be told: the prompt and the tools of merged layers. Nothing is stored.
import { z } from 'zod'
import { clientToolDefinition, type RuntimeAgent, runtimeAgent, toolDefinition } from '../../turn/runtime-agent.ts'
import type { Layer } from '../../turn/session-config.ts'
import type { Ctx } from '../context.ts'

export const preview = { system_prompt: z.string(), tools: z.array(z.record(z.string(), z.any())) }

/** A layer that says nothing; previews fill in what they are given. */
export const emptyLayer: Omit<Layer, 'source' | 'id'> = {
  name: null,
  systemPrompt: null,
  capabilities: [],
  tools: [],
  initialFiles: [],
  networkAccess: null,
  mcpServers: {},
  modelId: null,
  maxIterations: null,
  parallelToolCalls: null,
}

/** Merged as a worker would merge them now, for English and UTC. */
export const previewed = ({ capabilities, now }: Pick<Ctx, 'capabilities' | 'now'>, layers: readonly Layer[]): RuntimeAgent =>
  runtimeAgent(layers, capabilities, { locale: 'en', timezone: 'UTC', inputAt: now() })

export const toPreview = (agent: RuntimeAgent) => ({
  system_prompt: agent.systemPrompt,
  tools: [...agent.tools.map(toolDefinition), ...agent.clientTools.map(clientToolDefinition)],
})
