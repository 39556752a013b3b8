// Session state that tools change, in the simulator's own words: a number that all sessions share, and one of each session's own. Also
// the two statements that the product leaves without a name.

import { transcriptTypes } from '../../../../src/contract/events/index.ts'
import type { Uuid } from '../../../../src/contract/ids.ts'
import type { JsonObject } from '../../../../src/contract/json.ts'
import type { EffectKey, EffectPort, EffectWrite } from '../../../../src/durable/ports.ts'
import type { Statements } from './statement.ts'
import type { StoredValue } from './tables.ts'
import type { Transaction } from './transaction.ts'

export const valueNames = ['shared', 'own'] as const

/** Two sessions that say `shared` mean one thing. */
const placeOf = (sessionId: Uuid, key: string): string => (key === 'shared' ? key : `${sessionId} ${key}`)

const asked = (keys: readonly EffectKey[]): unknown[] => [keys.map(({ sessionId }) => sessionId), keys.map(({ key }) => key)]

/** What a tool writes, and what it had read. */
export interface ValueWrite extends JsonObject {
  value: number
  by: string
  base: string | null
}

export const valuePort: EffectPort = {
  store: 'values',
  lock: (keys) => ({ name: 'lock_values', text: '', values: asked(keys) }),
  revisions: (keys) => ({ name: 'value_revisions', text: '', values: asked(keys) }),
  writes: (writes: EffectWrite[]) => [
    { name: 'write_values', text: '', values: [...asked(writes), writes.map(({ write }) => write)] },
  ],
}

function eachPlace(values: readonly unknown[], act: (place: string, n: number, sessionId: Uuid, key: string) => void): void {
  const [sessions, keys] = values as [Uuid[], string[]] // as `asked` made them
  const places = keys
    .map((key, n) => ({ key, n, sessionId: sessions[n] ?? '' }))
    .map((one) => ({ ...one, place: placeOf(one.sessionId, one.key) }))
  for (const { place, n, sessionId, key } of places.sort((a, b) => (a.place < b.place ? -1 : 1))) act(place, n, sessionId, key)
}

function write(tx: Transaction, place: string, written: Omit<StoredValue, 'revision'>): void {
  tx.update('values', place, { ...written, revision: (tx.read('values', place)?.revision ?? 0) + 1 })
}

/** Names for statements without one, by how they begin. */
export const unnamed: readonly (readonly [beginning: string, name: string])[] = [
  ['select "sequence", "type", "ts", "turn_id"', 'read_transcript'],
  [`update workers set status = 'stopped'`, 'retire_worker'],
  ['delete from workers', 'forget_workers'],
]

export const valueStatements: Statements = {
  lock_values(tx, values) {
    eachPlace(values, (place) => tx.lock('values', place))
  },
  value_revisions(tx, values) {
    const rows: { session_id: Uuid; key: string; revision: string | null; place: string }[] = []
    eachPlace(values, (place, _, session_id, key) => {
      const row = tx.read('values', place)
      rows.push({ session_id, key, revision: row ? String(row.revision) : null, place })
    })
    return rows.map((row) => ({ ...row }))
  },
  write_values(tx, values) {
    const writes = values[2] as ValueWrite[]
    eachPlace(values, (place, n) => {
      const written = writes[n]
      if (written) write(tx, place, written)
    })
  },
  read_value(tx, [sessionId, key]) {
    const row = tx.read('values', placeOf(sessionId as Uuid, key as string))
    return row ? [{ value: row.value, revision: String(row.revision) }] : []
  },
  /** A person changes the shared number without any session. */
  put_value(tx, [value, by]) {
    write(tx, 'shared', { value: value as number, by: by as string, base: null })
  },
  apply_session_totals(tx, [, sessions]) {
    for (const id of sessions as Uuid[]) tx.update('totals', id, { turns: (tx.read('totals', id)?.turns ?? 0) + 1 })
  },
  read_transcript(tx, [sessionId, after]) {
    return tx
      .eventsOf(sessionId as Uuid, after as number)
      .filter(({ type }) => (transcriptTypes as readonly string[]).includes(type))
      .map(({ sequence, type, ts, turnId, data }) => ({ sequence, type, ts: new Date(ts), turn_id: turnId, text: data }))
  },
}
