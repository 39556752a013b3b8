// Events of one turn: its beginning, its end, and what went wrong.
import { z } from 'zod'
import { tokenUsage } from '../message.ts'

export const errorFields = z.record(z.string(), z.any())

export const turnEvents = {
  'turn.started': z.object({ turn_id: z.string(), input_message_id: z.string(), input_content: z.string().optional() }),
  'turn.completed': z.object({
    turn_id: z.string(),
    iterations: z.number().int(),
    status: z.literal('completed').optional(),
    duration_ms: z.number().int().optional(),
    usage: tokenUsage.optional(),
    final_message_id: z.string().optional(),
    final_answer_preview: z.string().optional(),
    time_to_first_token_ms: z.number().int().optional(),
    tool_call_count: z.number().int().optional(),
    llm_call_count: z.number().int().optional(),
    input_content: z.string().optional(),
    stop_reason: z.string().optional(),
  }),
  'turn.failed': z.object({
    turn_id: z.string(),
    error: z.string(),
    error_code: z.string().optional(),
    error_fields: errorFields.optional(),
    error_disclosure: z.string().optional(),
  }),
  'turn.sealed': z.object({
    turn_id: z.string(),
    reason: z.enum(['no_progress', 'budget']),
    detail: z.string().optional(),
    iterations: z.number().int().optional(),
    usage: tokenUsage.optional(),
  }),
  'turn.cancelled': z.object({ turn_id: z.string(), reason: z.string().optional(), usage: tokenUsage.optional() }),
}
