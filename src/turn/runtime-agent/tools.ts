// The tools of a merged agent: bound to their capability and its config, described to models and to the wire.
import { z } from 'zod'
import type { Capability, EffectClass, Tool, ToolHints } from '../../contract/capability.ts'
import type { Json, JsonObject } from '../../contract/json.ts'
import type { ClientTool } from '../session-config.ts'

/** A tool as one agent has it: ready to be shown to a model and to be run with `config`. */
export interface BoundTool {
  name: string
  displayName?: string
  description: string
  /** JSON Schema of the arguments; made once per tool, not to be changed. */
  parameters: JsonObject
  effect: EffectClass
  hints: ToolHints
  category?: string
  capabilityId: string
  capabilityName: string
  /** What runs: its `args` parse the call, its `run` gets them. */
  tool: Tool
  /** Parsed; becomes ToolContext.config. */
  config: Json
}

const schemas = new WeakMap<z.ZodType, JsonObject>()

/** The JSON Schema of what a caller may send (before defaults and transforms). Made once per schema. */
export function jsonSchemaOf(schema: z.ZodType): JsonObject {
  const known = schemas.get(schema)
  if (known) return known
  const { $schema: _dialect, ...made } = z.toJSONSchema(schema, { io: 'input' })
  // The library types its result with functions of its own type; what it returns is plain JSON.
  const plain = made as JsonObject
  schemas.set(schema, plain)
  return plain
}

/** A capability's tools under an already parsed config. */
export function toolsOf(capability: Capability, config: Json): BoundTool[] {
  const tools = typeof capability.tools === 'function' ? capability.tools(config) : (capability.tools ?? [])
  return tools.map((tool) => ({
    name: tool.name,
    displayName: tool.displayName,
    description: tool.says,
    parameters: jsonSchemaOf(tool.args),
    effect: tool.effect,
    hints: tool.hints ?? {},
    category: tool.category ?? capability.category,
    capabilityId: capability.id,
    capabilityName: capability.name,
    tool,
    config,
  }))
}

/** The contract knows three classes; what is rolled back or keyed may be repeated, which is what `Idempotent` tells a reader. */
const sideEffects: Record<EffectClass, string> = {
  pure: 'Pure',
  idempotent: 'Idempotent',
  transactional: 'Idempotent',
  keyed: 'Idempotent',
  at_most_once: 'AtMostOnce',
}

/** The wire's ToolDefinition of a bound tool (`builtin`). Fields without a value are left out. */
export const toolDefinition = (tool: BoundTool): JsonObject => ({
  type: 'builtin',
  name: tool.name,
  ...(tool.displayName ? { display_name: tool.displayName } : {}),
  description: tool.description,
  parameters: tool.parameters,
  policy: 'auto',
  ...(tool.category ? { category: tool.category } : {}),
  deferrable: 'never',
  hints: {
    ...tool.hints,
    side_effect_class: sideEffects[tool.effect],
    capability_id: tool.capabilityId,
    capability_name: tool.capabilityName,
  },
})

/** The wire's ToolDefinition of a tool that the caller runs (`client_side`). */
export const clientToolDefinition = (tool: ClientTool): JsonObject => ({
  type: 'client_side',
  name: tool.name,
  ...(tool.display_name ? { display_name: tool.display_name } : {}),
  description: tool.description,
  parameters: tool.parameters,
})
