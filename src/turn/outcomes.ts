// What steps report, read once where it enters the plan.
import { z } from 'zod'
import type { Json } from '../contract/json.ts'
import { tokenUsage } from '../contract/message.ts'
import { stepClasses } from '../contract/workflow.ts'
import type { ActOutcome, PlannedCall, ReasonOutcome } from './state.ts'

/** One of the words this release knows; a newer worker's word is taken for `otherwise`, never the end of the turn. */
const known = <const Words extends readonly string[]>(words: Words, otherwise: Words[number]) =>
  z.enum(words).or(z.string().transform(() => otherwise))

/** A wrong count must not fail a turn. */
const usage = tokenUsage.catch({ input_tokens: 0, output_tokens: 0 })

const plannedCall: z.ZodType<PlannedCall> = z.object({
  id: z.string().min(1),
  name: z.string(),
  arguments: z.unknown(),
  // The most careful one, as on the worker's link.
  class: known(stepClasses, 'at_most_once'),
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
    finishReason: known(['stop', 'tool_calls', 'length', 'refusal', 'other'], 'other'),
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
      disclosure: known(['generic', 'standard', 'detailed'], 'generic'),
    }),
    usage: usage.optional(),
  }),
])

const actOutcome: z.ZodType<ActOutcome> = z.object({ status: known(['success', 'error', 'timeout', 'cancelled'], 'error') })

/**
 * Throws where the value is no report of a model call. A call id given twice in one answer counts once; ids unique in the turn are the
 * worker's duty.
 */
export function readReason(value: Json): ReasonOutcome {
  const outcome = reasonOutcome.parse(value)
  if (!outcome.ok) return outcome
  return { ...outcome, calls: [...new Map(outcome.calls.map((call) => [call.id, call])).values()] }
}

export const readAct = (value: Json): ActOutcome => actOutcome.parse(value)
