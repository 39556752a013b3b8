// Tools that the caller runs: declared on an agent or a session, answered through tool results.
import { z } from 'zod'
import type { Json, JsonObject } from '../../contract/json.ts'
import { kib, textUpTo, tooBig } from './limits.ts'

const maxTools = 50
const maxParametersBytes = 10 * kib

const parameters = z.record(z.string(), z.any()).superRefine((schema, context) => {
  if (Buffer.byteLength(JSON.stringify(schema)) > maxParametersBytes) tooBig(context, 'string', maxParametersBytes, schema)
})

const clientTool = z.object({
  type: z.enum(['client_side', 'client']).transform(() => 'client_side' as const),
  name: z
    .string()
    .regex(/^[a-zA-Z0-9_-]+$/, 'must be letters, digits, _ or -')
    .max(64),
  display_name: z.string().nullish(),
  description: textUpTo(kib),
  parameters,
  category: z.string().nullish(),
  deferrable: z.enum(['never', 'automatic', 'always']).optional(),
  full_parameters: z.any().optional(),
  hints: z.record(z.string(), z.any()).optional(),
})

/** As stored and as answered. */
export const toolDefinition = clientTool
  .extend({ type: z.string(), policy: z.string().optional() })
  .meta({ id: 'ToolDefinition' })
export type StoredTool = JsonObject & { name: string; description: string; parameters: JsonObject; display_name?: string }

const isClientSide = (tool: unknown): boolean =>
  typeof tool === 'object' && tool !== null && 'type' in tool && (tool.type === 'client_side' || tool.type === 'client')

/** Tools of other kinds belong to capabilities: an object that declares one is dropped silently. Names are unique. */
export const clientTools = z
  .array(z.record(z.string(), z.any()).meta({ id: 'ToolDefinitionInput' }))
  .transform((tools) => tools.filter(isClientSide))
  .pipe(z.array(clientTool))
  .transform((tools, context): StoredTool[] => {
    if (tools.length > maxTools) tooBig(context, 'array', maxTools, tools)
    const names = new Set(tools.map(({ name }) => name))
    if (names.size < tools.length) context.addIssue({ code: 'custom', message: 'two tools have the same name', input: tools })
    return tools.map(withoutNulls)
  })

function withoutNulls(tool: z.output<typeof clientTool>): StoredTool {
  const fields = Object.entries(tool).filter(([, value]) => value !== null && value !== undefined)
  // The fields are the schema's, less those that are null: exactly a StoredTool, which Object.fromEntries forgets.
  return Object.fromEntries(fields as [string, Json][]) as StoredTool
}
