// The answers the commands read: of each only what is shown, the rest passes through to `--json`.
import { z } from 'zod'

export const event = z.looseObject({
  id: z.string(),
  type: z.string(),
  ts: z.string(),
  sequence: z.number().optional(),
  context: z.looseObject({ turn_id: z.string().optional(), exec_id: z.string().optional() }).default({}),
  data: z.looseObject({}),
})
export type Event = z.infer<typeof event>

export const session = z.looseObject({
  id: z.string(),
  status: z.string(),
  title: z.string().optional(),
  preview: z.string().optional(),
  agent_id: z.string().optional(),
  created_at: z.string(),
})

export const agent = z.looseObject({
  id: z.string(),
  name: z.string(),
  display_name: z.string().optional(),
  description: z.string().optional(),
  status: z.string(),
})

const part = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  name: z.string().optional(),
  tool_call_id: z.string().optional(),
  error: z.string().optional(),
})
export const message = z.looseObject({ id: z.string(), role: z.string(), content: z.array(part) })
/** As the API lists and accepts it: with its place in the log. */
export const messageInLog = message.extend({ sequence: z.number() })

export const model = z.looseObject({ id: z.string(), model_id: z.string(), display_name: z.string().optional() })

export const listOf = <T extends z.ZodType>(item: T) => z.looseObject({ data: z.array(item), total: z.number().optional() })

/** The text of a message's parts, joined. */
export const textOf = (content: readonly z.infer<typeof part>[]): string =>
  content.flatMap(({ type, text }) => (type === 'text' && text ? [text] : [])).join('')
