// Events of tool calls.
import { z } from 'zod'
import { contentPart, toolCallPart } from '../content.ts'

const toolCall = toolCallPart.omit({ type: true })
export const toolCallSummary = z.object({
  id: z.string(),
  name: z.string(),
  display_name: z.string().optional(),
  narration: z.string().optional(),
})
export const toolStatuses = ['success', 'error', 'timeout', 'cancelled', 'interrupted'] as const

export const actEvents = {
  'act.started': z.object({ tool_calls: z.array(toolCallSummary), headline: z.string().optional() }),
  'act.completed': z.object({
    completed: z.boolean(),
    success_count: z.number().int(),
    error_count: z.number().int(),
    duration_ms: z.number().int().optional(),
    headline: z.string().optional(),
  }),
  /** `tool_name` and `parameters` (the compact reading) are filled in on the way out. */
  'tool.started': z.object({
    tool_call: toolCall,
    display_name: z.string().optional(),
    narration: z.string().optional(),
    tool_call_fingerprint: z.string().optional(),
    tool_name: z.string().optional(),
    parameters: z.any().optional(),
  }),
  'tool.completed': z.object({
    tool_call_id: z.string(),
    tool_name: z.string(),
    success: z.boolean(),
    status: z.enum(toolStatuses),
    result: z.array(contentPart).optional(),
    error: z.string().optional(),
    duration_ms: z.number().int().optional(),
    display_name: z.string().optional(),
    narration: z.string().optional(),
    tool_call_fingerprint: z.string().optional(),
    tool_result_fingerprint: z.string().optional(),
    capability_id: z.string().optional(),
    capability_name: z.string().optional(),
  }),
  'tool.progress': z.object({
    tool_call_id: z.string(),
    tool_name: z.string(),
    message: z.string(),
    display_name: z.string().optional(),
  }),
  'tool.output.delta': z.object({
    tool_call_id: z.string(),
    tool_name: z.string(),
    delta: z.string(),
    stream: z.enum(['stdout', 'stderr']),
  }),
  'tool.call_requested': z.object({
    tool_calls: z.array(toolCall),
    tool_summaries: z.array(toolCallSummary).optional(),
    headline: z.string().optional(),
  }),
  'tool.call_repaired': z.object({
    turn_id: z.string(),
    tool_call_id: z.string(),
    tool_name: z.string(),
    outcome: z.enum(['local-salvage', 're-prompt', 'gave-up']),
  }),
}
