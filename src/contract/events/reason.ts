// Events of one model call. Deltas are stored as pieces; `accumulated` is filled in on the way out.
import { z } from 'zod'
import { contentPart, toolCallPart } from '../content.ts'
import { message, tokenUsage } from '../message.ts'
import { errorFields } from './turn.ts'

export const modelMetadata = z.object({ model: z.string(), model_id: z.string().optional(), provider_id: z.string().optional() })
const toolCall = toolCallPart.omit({ type: true })
const toolSummary = z.object({
  name: z.string(),
  description: z.string(),
  display_name: z.string().optional(),
  category: z.string().optional(),
  capability_id: z.string().optional(),
  capability_name: z.string().optional(),
})
/** A stored piece: `offset` is the number of characters before it; readers get `accumulated` instead. */
const piece = z.object({
  turn_id: z.string(),
  message_id: z.string(),
  delta: z.string(),
  offset: z.number().int(),
  phase: z.string().optional(),
})

/** What a model said. */
export const modelOutput = z.object({ text: z.string().optional(), tool_calls: z.array(toolCall).optional() })

export const reasonEvents = {
  'reason.started': z.object({
    harness_id: z.string(),
    agent_id: z.string().optional(),
    metadata: modelMetadata.optional(),
    model: z.string().optional(),
  }),
  'reason.thinking.started': z.object({ turn_id: z.string(), model: z.string().optional() }),
  'reason.thinking.delta': piece.omit({ phase: true }),
  'reason.thinking.completed': z.object({ turn_id: z.string(), thinking: z.string() }),
  'reason.item': z.object({
    turn_id: z.string(),
    provider: z.string(),
    item_id: z.string(),
    model: z.string().optional(),
    encrypted_content: z.string().optional(),
    summary: z.array(z.string()),
    token_count: z.number().int().optional(),
  }),
  'reason.completed': z.object({
    success: z.boolean(),
    has_tool_calls: z.boolean(),
    tool_call_count: z.number().int(),
    text_preview: z.string().optional(),
    duration_ms: z.number().int().optional(),
    usage: tokenUsage.optional(),
    error: z.string().optional(),
  }),
  /** Names the attempt (`exec_id`) whose events, first to last sequence, a reader must drop. */
  'reason.recovered': z.object({
    turn_id: z.string(),
    mode: z.enum(['finalize', 'restart']),
    accumulated_len: z.number().int(),
    exec_id: z.string(),
    first_sequence: z.number().int(),
    last_sequence: z.number().int(),
  }),
  'output.message.started': z.object({
    turn_id: z.string(),
    message_id: z.string(),
    model: z.string().optional(),
    iteration: z.number().int().optional(),
    phase: z.string().optional(),
  }),
  'output.message.delta': piece,
  'output.message.completed': z.object({
    message,
    metadata: modelMetadata.optional(),
    usage: tokenUsage.optional(),
    /** The last event the model was given: inputs after it come after this answer in the next transcript. */
    through: z.number().int().optional(),
    error_code: z.string().optional(),
    error_fields: errorFields.optional(),
    error_disclosure: z.string().optional(),
  }),
  'output.message.replaced': z.object({
    turn_id: z.string(),
    guardrail_capability_id: z.string(),
    guardrail_id: z.string(),
    reason_code: z.string(),
    replacement: z.string(),
  }),
  /**
   * At rest: `through` (last event the model saw), `prompt_hash` and `tools_hash` into `contents`; no `output` where the answer is the
   * `output.message.completed` just before it. On the way out `messages`, `tools`, `output` and `content` are filled in from them.
   */
  'llm.generation': z.object({
    through: z.number().int(),
    prompt_hash: z.string(),
    tools_hash: z.string().optional(),
    messages: z.array(message).optional(),
    tools: z.array(toolSummary).optional(),
    output: modelOutput.optional(),
    content: z.array(contentPart).optional(),
    metadata: z.object({
      model: z.string(),
      success: z.boolean(),
      provider: z.string().optional(),
      usage: tokenUsage.optional(),
      duration_ms: z.number().int().optional(),
      time_to_first_token_ms: z.number().int().optional(),
      finish_reasons: z.array(z.string()).optional(),
      response_id: z.string().optional(),
      error: z.string().optional(),
      retry: z.object({ attempts: z.number().int(), total_wait_ms: z.number().int() }).optional(),
      request_options: z.record(z.string(), z.any()).optional(),
    }),
  }),
  'transcript.repaired': z.object({
    tool_call_id: z.string(),
    tool_name: z.string().optional(),
    action: z.enum(['replay', 'synthesize']),
  }),
}
