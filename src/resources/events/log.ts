// The one statement that writes to the log, for a whole batch of a control plane's transactions.
import type { StoredEvent } from '../../contract/events/index.ts'
import type { Statement } from '../effect-store.ts'

/** Events of any sessions, each with the sequence it was given under its head's lock. */
export const insertEvents = (events: readonly StoredEvent[]): Statement => ({
  name: 'insert_events',
  text: `insert into events (session_id, sequence, org_id, id, type, ts, turn_id, exec_id, data, extra)
         select session_id, sequence, org_id, id, type, to_timestamp(ts / 1000), turn_id, exec_id, data::json, extra::json
         from unnest($1::uuid[], $2::int[], $3::uuid[], $4::uuid[], $5::text[], $6::float8[], $7::uuid[], $8::uuid[], $9::text[], $10::text[])
           n (session_id, sequence, org_id, id, type, ts, turn_id, exec_id, data, extra)`,
  values: [
    events.map((e) => e.sessionId),
    events.map((e) => e.sequence),
    events.map((e) => e.orgId),
    events.map((e) => e.id),
    events.map((e) => e.type),
    events.map((e) => e.ts),
    events.map((e) => e.turnId),
    events.map((e) => e.execId),
    events.map((e) => e.data),
    events.map((e) => e.extra),
  ],
})
