// The one statement that writes to the log, for a whole batch of a control plane's transactions.
import type { StoredEvent } from '../../contract/events/index.ts'
import { ints, texts, times, uuids } from '../../db/arrays.ts'
import type { Statement } from '../effect-store.ts'

/** Events of any sessions, each with the sequence it was given under its head's lock. */
export const insertEvents = (events: readonly StoredEvent[]): Statement => ({
  name: 'insert_events',
  text: `insert into events (session_id, sequence, org_id, id, type, ts, turn_id, exec_id, data, extra)
         select session_id, sequence, org_id, id, type, ts, turn_id, exec_id, data::json, extra::json
         from unnest($1::uuid[], $2::int[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::uuid[], $8::uuid[], $9::text[], $10::text[])
           n (session_id, sequence, org_id, id, type, ts, turn_id, exec_id, data, extra)`,
  values: [
    uuids(events.map((e) => e.sessionId)),
    ints(events.map((e) => e.sequence)),
    uuids(events.map((e) => e.orgId)),
    uuids(events.map((e) => e.id)),
    texts(events.map((e) => e.type)),
    times(events.map((e) => e.ts)),
    uuids(events.map((e) => e.turnId)),
    uuids(events.map((e) => e.execId)),
    texts(events.map((e) => e.data)),
    texts(events.map((e) => e.extra)),
  ],
})
