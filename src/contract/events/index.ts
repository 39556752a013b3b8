// The event registry: one entry per type; everything that knows event types derives from here.
import type { z } from 'zod'
import type { Uuid } from '../ids.ts'
import { toJsonText } from '../json.ts'
import { actEvents } from './act.ts'
import { contextEvents } from './context.ts'
import { reasonEvents } from './reason.ts'
import { sessionEvents } from './session.ts'
import { turnEvents } from './turn.ts'

export const eventTypes = { ...sessionEvents, ...turnEvents, ...reasonEvents, ...actEvents, ...contextEvents }
export type EventType = keyof typeof eventTypes
export type EventData<T extends EventType> = z.input<(typeof eventTypes)[T]>

export const isEventType = (text: string): text is EventType => Object.hasOwn(eventTypes, text)

/** The pieces of a stream: stored like every event, left out of counts, compacted away some time after their turn. */
export const deltaTypes = ['output.message.delta', 'reason.thinking.delta', 'tool.output.delta'] as const satisfies EventType[]

/** The events a model's context is read from (turn/transcript.ts); the rest never travels to a worker. */
export const transcriptTypes = ['input.message', 'output.message.completed', 'tool.completed'] as const satisfies EventType[]
export const isOfTranscript = (type: string): boolean => (transcriptTypes as readonly string[]).includes(type)

/**
 * An event on its way into the log. `data` is JSON text and stays text from here to the reader.
 * `agoMs`: how long before now it happened (a worker's clock is never compared with ours).
 */
export interface EventDraft {
  type: EventType
  data: string
  agoMs?: number
  /** JSON object with `tags` and `metadata`, where there are any. */
  extra?: string
}

/** The typed way to make a draft. */
export const draft = <T extends EventType>(type: T, data: EventData<T>, agoMs?: number): EventDraft =>
  agoMs ? { type, data: toJsonText(data), agoMs } : { type, data: toJsonText(data) }

/** A row of the log. `ts` in milliseconds since 1970. */
export interface StoredEvent {
  sessionId: Uuid
  orgId: Uuid
  sequence: number
  id: Uuid
  type: EventType
  ts: number
  turnId: Uuid | null
  execId: Uuid | null
  data: string
  extra: string | null
}
