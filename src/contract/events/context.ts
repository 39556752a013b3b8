// Events about the context window, budgets and what capabilities did.
import { z } from 'zod'

const budget = z.object({
  budget_id: z.string(),
  balance: z.number(),
  limit: z.number(),
  currency: z.string(),
  soft_limit: z.number().optional(),
  message: z.string().optional(),
})

export const contextEvents = {
  'context.compacting': z.object({
    strategy: z.string(),
    messages_before: z.number().int(),
    reason: z.enum(['proactive_budget', 'request_too_large', 'manual']),
  }),
  'context.compacted': z.object({
    strategy_used: z.string(),
    messages_before: z.number().int(),
    messages_after: z.number().int(),
    duration_ms: z.number().int(),
    steps: z
      .array(z.object({ strategy: z.string(), messages_after: z.number().int(), duration_ms: z.number().int() }))
      .optional(),
  }),
  'context.compaction.skipped': z.object({ reason: z.string() }),
  'context.compaction.failed': z.object({ error: z.string() }),
  'budget.warning': budget,
  'budget.paused': budget,
  'budget.exhausted': budget,
  'budget.resumed': budget,
  'capability.usage': z.object({
    records: z.array(
      z.object({
        capability_id: z.string(),
        capability_name: z.string().optional(),
        usage_kind: z.enum(['configured', 'resolved', 'exposed', 'invoked', 'effect_ran']),
        tool_name: z.string().optional(),
        usage_count: z.number().int().optional(),
        duration_ms: z.number().int().optional(),
      }),
    ),
  }),
  'task.created': z.object({ task: z.any() }),
  'task.updated': z.object({ task: z.any() }),
  'task.message.sent': z.object({ task_id: z.string(), message: z.any() }),
  'task.message.received': z.object({ task_id: z.string(), message: z.any() }),
}
