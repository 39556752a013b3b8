// Applies the key/value and secret writes of finished steps, a whole batch at a time. A key is the entry's key or name;
// the write is `{value}`, null deletes.
import { toJsonText, toStorableText } from '../../contract/json.ts'
import type { Sealer } from '../../db/seal.ts'
import { columnsOf, type EffectItem, type EffectKey, type EffectStore, lastPerKey, type Statement } from '../effect-store.ts'
import { secretPlace } from './seal-place.ts'

interface Table {
  table: 'session_values' | 'session_secrets'
  keyColumn: 'key' | 'name'
  valueType: 'text' | 'json'
}
const values: Table = { table: 'session_values', keyColumn: 'key', valueType: 'text' }
const secrets: Table = { table: 'session_secrets', keyColumn: 'name', valueType: 'json' }

const readRevisions = ({ table, keyColumn }: Table, keys: EffectKey[]): Statement => ({
  name: `read_${table}_revisions`,
  text: `with asked as (
           select distinct * from unnest($1::uuid[], $2::uuid[], $3::text[]) k (org_id, session_id, key)
         ), held as (
           select org_id, session_id, ${keyColumn} as key, revision from ${table}
           where (org_id, session_id, ${keyColumn}) in (select org_id, session_id, key from asked)
           order by session_id, ${keyColumn} for update
         )
         select a.session_id, a.key, h.revision::text as revision, a.session_id || ' ' || a.key as place
         from asked a left join held h using (org_id, session_id, key)`,
  values: columnsOf(keys),
})

const deleteEntries = ({ table, keyColumn }: Table, items: EffectItem[]): Statement => ({
  name: `apply_${table}_deletes`,
  text: `delete from ${table} t using unnest($1::uuid[], $2::uuid[], $3::text[]) k (org_id, session_id, key)
         where t.org_id = k.org_id and t.session_id = k.session_id and t.${keyColumn} = k.key`,
  values: columnsOf(items),
})

/** Entries of a session that is gone are left out: its delete waited for nobody. */
const upsertEntries = ({ table, keyColumn, valueType }: Table, items: EffectItem[], texts: string[]): Statement => ({
  name: `apply_${table}_writes`,
  text: `insert into ${table} (org_id, session_id, ${keyColumn}, value)
         select s.org_id, s.id, k.key, k.value::${valueType}
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) k (org_id, session_id, key, value)
         join sessions s on s.org_id = k.org_id and s.id = k.session_id
         order by s.id, k.key
         on conflict (org_id, session_id, ${keyColumn})
         do update set value = excluded.value, revision = nextval('file_revisions'), updated_at = now()`,
  values: [...columnsOf(items), texts],
})

function writesOf(table: Table, items: EffectItem[], textOf: (item: EffectItem) => string): Statement[] {
  const last = lastPerKey(items)
  const deletes = last.filter((item) => item.write === null)
  const writes = last.filter((item) => item.write !== null)
  return [
    ...(deletes.length > 0 ? [deleteEntries(table, deletes)] : []),
    ...(writes.length > 0 ? [upsertEntries(table, writes, writes.map(textOf))] : []),
  ]
}

const plainOf = (item: EffectItem): string => toStorableText(typeof item.write?.value === 'string' ? item.write.value : '')

export const valueEffects: EffectStore = {
  store: 'values',
  revisions: (keys) => readRevisions(values, keys),
  writes: (items) => writesOf(values, items, plainOf),
}

/** Secrets arrive plain and are sealed here. REST writes them too, but under the session's head. */
export const secretEffects = (sealer: Sealer): EffectStore => ({
  store: 'secrets',
  revisions: (keys) => readRevisions(secrets, keys),
  writes: (items) =>
    writesOf(secrets, items, (item) => toJsonText(sealer.seal(plainOf(item), secretPlace(item.sessionId, item.key)))),
})
