// What steps report, read once where it enters the plan. Workers may be of a newer release: a word that only it knows is taken for the one
// with which nothing goes wrong.
import { z } from 'zod'
import type { Json } from '../contract/json.ts'
import { tokenUsage } from '../contract/message.ts'
import { stepClasses } from '../contract/workflow.ts'
import type { ActOutcome, PlannedCall, ReasonOutcome } from './state.ts'

/** A wrong count must not fail a turn. */
const usage = tokenUsage.catch({ input_tokens: 0, output_tokens: 0 })

const plannedCall: z.ZodType<PlannedCall> = z.object({
  id: z.string().min(1),
  name: z.string(),
  arguments: z.unknown(),
  class: z.enum(stepClasses).catch('at_most_once'),
  concurrencyClass: z.string().optional(),
  known: z.literal(true).optional(),
  displayName: z.string().optional(),
  narration: z.string().optional(),
})

const reasonOutcome: z.ZodType<ReasonOutcome> = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    messageId: z.string(),
    preview: z.string(),
    finishReason: z.enum(['stop', 'tool_calls', 'length', 'refusal', 'other']).catch('other'),
    calls: z.array(plannedCall),
    usage,
    timeToFirstTokenMs: z.number().optional(),
  }),
  z.object({
    ok: z.literal(false),
    error: z.object({
      code: z.string(),
      message: z.string(),
      fields: z.record(z.string(), z.unknown()).optional(),
      disclosure: z.enum(['generic', 'standard', 'detailed']).catch('generic'),
    }),
    usage: usage.optional(),
  }),
])

const actOutcome: z.ZodType<ActOutcome> = z.object({
  status: z.enum(['success', 'error', 'timeout', 'cancelled']).catch('error'),
})

/**
 * Throws where the value has another shape: the turn then ends with an error. A call id given twice in one answer counts once; ids unique in
 * the turn are the worker's duty.
 */
export function readReason(value: Json): ReasonOutcome {
  const outcome = reasonOutcome.parse(value)
  if (!outcome.ok) return outcome
  return { ...outcome, calls: [...new Map(outcome.calls.map((call) => [call.id, call])).values()] }
}

export const readAct = (value: Json): ActOutcome => actOutcome.parse(value)
