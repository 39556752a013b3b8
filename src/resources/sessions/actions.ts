// What may be done with a session in the state it is in.
import { toWire } from '../../contract/ids.ts'
import type { Action } from '../shared/links.ts'
import type { SessionRow } from './store.ts'

/** A turn can be cancelled only while there is one. */
const cancellable = ['active', 'waiting_for_tool_results', 'paused']

export function actionsOn(row: SessionRow): Action[] {
  const path = `sessions/${toWire('session', row.id)}`
  const cancel: Action = { rel: 'cancel', method: 'POST', path: `${path}/cancel`, operation: 'cancel_turn' }
  const pin: Action = row.is_pinned
    ? { rel: 'unpin', method: 'DELETE', path: `${path}/pin`, operation: 'unpin_session' }
    : { rel: 'pin', method: 'PUT', path: `${path}/pin`, operation: 'pin_session' }
  return [
    { rel: 'self', method: 'GET', path, operation: 'get_session' },
    { rel: 'events', method: 'GET', path: `${path}/events`, operation: 'list_events' },
    { rel: 'stream', method: 'GET', path: `${path}/sse`, operation: 'stream_sse' },
    ...(cancellable.includes(row.status) ? [cancel] : []),
    { rel: 'update', method: 'PATCH', path, operation: 'update_session' },
    pin,
    {
      rel: 'delete',
      method: 'DELETE',
      path,
      operation: 'delete_session',
      hint: 'Deletes its events and its own files for good.',
    },
  ]
}
