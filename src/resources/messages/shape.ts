// Messages as callers read them.
import { z } from 'zod'
import { toWire, type Uuid } from '../../contract/ids.ts'
import { type Message, message } from '../../contract/message.ts'

/** A message with its session and the sequence of its event. */
export const messageRead = message
  .omit({ reasoning: true })
  .extend({ session_id: z.string(), sequence: z.number().int() })
  .meta({ id: 'MessageWithSequence' })

export const toMessageRead = (sessionId: Uuid, sequence: number, shown: Message): z.input<typeof messageRead> => ({
  session_id: toWire('session', sessionId),
  sequence,
  ...shown,
})
