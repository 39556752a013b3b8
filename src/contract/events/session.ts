// Events of a session's life.
import { z } from 'zod'
import { message, tokenUsage } from '../message.ts'

export const sessionEvents = {
  'input.message': z.object({ message }),
  'session.started': z.object({ harness_id: z.string(), agent_id: z.string().optional(), model_id: z.string().optional() }),
  'session.activated': z.object({ turn_id: z.string(), input_message_id: z.string() }),
  /** `usage` is the session's total so far. */
  'session.idled': z.object({ turn_id: z.string(), iterations: z.number().int().optional(), usage: tokenUsage.optional() }),
  'session.title.updated': z.object({ title: z.string(), previous_title: z.string().optional() }),
  'session.model.changed': z.object({
    model_id: z.string(),
    model_name: z.string(),
    previous_model_id: z.string().optional(),
    previous_model_name: z.string().optional(),
  }),
  'schedule.triggered': z.object({
    schedule_id: z.string(),
    description: z.string(),
    schedule_type: z.enum(['oneshot', 'recurring']),
    triggered_at: z.string(),
  }),
  'file.written': z.object({ path: z.string(), operation: z.string(), size_bytes: z.number().int(), created: z.boolean() }),
}
