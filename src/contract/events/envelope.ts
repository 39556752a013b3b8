// The event as readers see it: the envelope is made from the row's columns, the data's text is passed through unparsed.
import { createHash } from 'node:crypto'
import { toWire, type Uuid } from '../ids.ts'
import type { StoredEvent } from './index.ts'

/** A turn's id is the id of the message that began it, so the one gives the other. */
export const inputMessageIdOf = (turnId: Uuid): string => toWire('message', turnId)

const span = (...parts: string[]): string => createHash('sha256').update(parts.join(':')).digest('hex').slice(0, 16)
const turnSpan = (turnId: Uuid): string => span(turnId, 'turn')

/** Which span an event belongs to: started and completed of one thing share it. */
function spanOf(event: StoredEvent): { span_id: string; parent_span_id?: string } | null {
  if (!event.turnId) return null
  const family = event.type.split('.')[0]
  if (!event.execId || family === 'turn' || family === 'session' || family === 'input') return { span_id: turnSpan(event.turnId) }
  const stepSpan = span(event.execId, 'step')
  if (family === 'llm') return { span_id: span(event.execId, 'llm'), parent_span_id: stepSpan }
  if (family === 'tool') return { span_id: span(event.execId, 'tool'), parent_span_id: span(event.turnId, 'act') }
  if (family === 'act') return { span_id: span(event.turnId, 'act'), parent_span_id: turnSpan(event.turnId) }
  return { span_id: stepSpan, parent_span_id: turnSpan(event.turnId) }
}

function contextOf(event: StoredEvent): Record<string, string> {
  if (!event.turnId) return {}
  return {
    turn_id: toWire('turn', event.turnId),
    input_message_id: inputMessageIdOf(event.turnId),
    ...(event.execId ? { exec_id: toWire('exec', event.execId) } : {}),
    trace_id: event.turnId.replaceAll('-', ''),
    ...spanOf(event),
  }
}

/** The whole envelope as one line of JSON. `data` replaces the stored text where cumulative fields were filled in. */
export function envelopeText(event: StoredEvent, data: string = event.data): string {
  const head = {
    id: toWire('event', event.id),
    type: event.type,
    ts: new Date(event.ts).toISOString(),
    session_id: toWire('session', event.sessionId),
    sequence: event.sequence,
    context: contextOf(event),
  }
  const extra = event.extra ? `,${event.extra.slice(1, -1)}` : ''
  return `${JSON.stringify(head).slice(0, -1)}${extra},"data":${data}}`
}
