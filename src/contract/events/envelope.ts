// The event as readers see it: the envelope is made from the row's columns, the data's text is passed through unparsed.
import { hexOf, toWire, type Uuid } from '../ids.ts'
import { timeText } from '../time-text.ts'
import type { StoredEvent } from './index.ts'

/** A turn's id is the id of the message that began it, so the one gives the other. */
export const inputMessageIdOf = (turnId: Uuid): string => toWire('message', turnId)

// A span id is eight bytes. Ids of turns and attempts hold more random bytes than that, so their spans are cut from them.
const turnSpan = (turnId: Uuid): string => hexOf(turnId).slice(16)
const actSpan = (turnId: Uuid): string => `ac${hexOf(turnId).slice(18)}`
const stepSpan = (execId: Uuid): string => hexOf(execId).slice(0, 16)
const modelSpan = (execId: Uuid): string => hexOf(execId).slice(16)

/** Which span an event belongs to, as members of its context: started and completed of one thing share it. */
function spanText({ type, execId }: StoredEvent, turnId: Uuid): string {
  const family = type.slice(0, type.indexOf('.'))
  if (family === 'act') return `"span_id":"${actSpan(turnId)}","parent_span_id":"${turnSpan(turnId)}"`
  if (!execId) return `"span_id":"${turnSpan(turnId)}"`
  const step = stepSpan(execId)
  if (family === 'llm') return `"span_id":"${modelSpan(execId)}","parent_span_id":"${step}"`
  return `"span_id":"${step}","parent_span_id":"${family === 'tool' ? actSpan(turnId) : turnSpan(turnId)}"`
}

/** Written by hand, not by JSON.stringify: ids and types need no escapes, and every reader's every event passes here. */
function contextText(event: StoredEvent): string {
  const { turnId, execId } = event
  if (!turnId) return '{}'
  const exec = execId ? `"exec_id":"${toWire('exec', execId)}",` : ''
  const turn = `"turn_id":"${toWire('turn', turnId)}","input_message_id":"${inputMessageIdOf(turnId)}"`
  return `{${turn},${exec}"trace_id":"${hexOf(turnId)}",${spanText(event, turnId)}}`
}

/** The whole envelope as one line of JSON. `data` replaces the stored text where cumulative fields were filled in. */
export function envelopeText(event: StoredEvent, data: string = event.data): string {
  const ts = timeText(event.ts)
  const place = `"session_id":"${toWire('session', event.sessionId)}","sequence":${event.sequence}`
  const extra = event.extra ? `,${event.extra.slice(1, -1)}` : ''
  const head = `"id":"${toWire('event', event.id)}","type":"${event.type}","ts":"${ts}",${place}`
  return `{${head},"context":${contextText(event)}${extra},"data":${data}}`
}
