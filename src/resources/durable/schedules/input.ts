// What a schedule is given: its fields, and what they must mean together.
import { z } from 'zod'
import { type Json, toJsonText } from '../../../contract/json.ts'
import { Problem } from '../../../contract/problem.ts'
import { checkTimezone, nextSlot } from '../../../durable/index.ts'
import type { Ctx } from '../../context.ts'
import { mib, textUpTo } from '../../shared/limits.ts'

const int32 = 2 ** 31 - 1
const catchUpMax = 1_000

export const target = z
  .object({ type: z.enum(['workflow', 'activity']), name: z.string().trim().min(1).max(255), input: z.any() })
  .meta({ id: 'ScheduleTarget' })

/** Only `max_attempts` has an effect: how often a task is run in all. */
const retryPolicy = z.looseObject({ max_attempts: z.number().int().min(1).max(100).optional() })

/** Fields that a schedule may be given at any time. */
export const fields = {
  cron_expression: z.string().trim().min(1).max(255),
  timezone: z.string().trim().min(1).max(255),
  description: textUpTo(10 * 1024).nullish(),
  max_concurrent: z.number().int().min(1).max(int32).nullish(),
  max_catch_up: z.number().int().min(0).max(catchUpMax).nullish(),
  retry_policy: retryPolicy.nullish(),
}

/** They need a turn around them. */
const stepsOfTurns = ['reason', 'act']

/** The columns of a target. Problem `bad_request` for what no schedule can begin. */
export function targetColumns({ durable }: Pick<Ctx, 'durable'>, { type, name, input }: z.output<typeof target>) {
  if (type === 'activity' && stepsOfTurns.includes(name)) {
    throw new Problem('bad_request', `${name} is a step of turns and cannot stand alone`)
  }
  if (type === 'workflow' && !durable.schedules().canBegin(name)) {
    throw new Problem('bad_request', `There is no workflow type ${name} that a schedule can begin`)
  }
  const text = toJsonText((input ?? {}) as Json)
  if (text.length > mib) throw new Problem('bad_request', 'Input exceeds allowed limits', { code: 'validation_failed' })
  return { target_type: type, target_name: name, target_input: text }
}

/** The first time after `now`. Problem `bad_request` where there is none, or what is given cannot be read. */
export function firstSlot(cron: string, timezone: string, now: Date): Date {
  checkTimezone(timezone)
  const slot = nextSlot({ cron, timezone }, now)
  if (!slot) throw new Problem('bad_request', 'The schedule would never be due', { code: 'never_due' })
  return slot
}

/** Of a column that holds JSON or nothing. */
export const jsonOrNull = (value: unknown): string | null => (value === null || value === undefined ? null : toJsonText(value))
