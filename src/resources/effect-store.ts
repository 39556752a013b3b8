// How a batch of effects reaches its tables: each store answers with set-based statements, and whoever owns the transaction
// (the hand-off) runs them. Texts are fixed and named, so they can be prepared; parameters are arrays for unnest.
import type { Uuid } from '../contract/ids.ts'
import type { JsonObject } from '../contract/json.ts'
import type { Statement as AnyStatement } from '../db/batch-query.ts'

/** One with a name: it is prepared, and its text never changes. */
export type Statement = Required<AnyStatement>

export interface EffectKey {
  orgId: Uuid
  sessionId: Uuid
  key: string
}

export interface EffectItem extends EffectKey {
  /** The new value; null deletes. */
  write: JsonObject | null
}

/** A row of `revisions`: one for every key that was asked for, while its session exists. */
export interface RevisionRow {
  session_id: Uuid
  key: string
  /** Null: there is no such entry. */
  revision: string | null
  /** Equal for two rows that mean the same entry: sessions may share a workspace. */
  place: string
}

/**
 * The order in one transaction: `lock` (where there is one), then `revisions` in a statement of its own, then, if every base still
 * holds, `writes` one after another. The session heads are locked before all of it.
 */
export interface EffectStore {
  /** The `store` of the effects it applies. */
  store: string
  /** Holds off writers that do not take the session's head (REST). Absent where every writer takes it. */
  lock?(keys: EffectKey[]): Statement
  /** Locks, in key order, the entries that exist and answers RevisionRows. */
  revisions(keys: EffectKey[]): Statement
  /** Of several items with one key the last one wins. Run in order. */
  writes(items: EffectItem[]): Statement[]
}

/** The last item of every (session, key), in key order: a set-based statement may meet a key only once. */
export function lastPerKey<T extends EffectKey>(items: T[]): T[] {
  const last = new Map(items.map((item) => [`${item.sessionId} ${item.key}`, item]))
  return [...last.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item)
}

/** The columns of a list of keys, for `unnest($1::uuid[], $2::uuid[], $3::text[])`. */
export const columnsOf = (keys: EffectKey[]): [Uuid[], Uuid[], string[]] => [
  keys.map((item) => item.orgId),
  keys.map((item) => item.sessionId),
  keys.map((item) => item.key),
]
