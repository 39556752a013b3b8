// Applies the file writes of finished steps, a whole batch at a time. A key is a path in the session's workspace.
// The write is `{content, encoding, is_directory?, is_readonly?}`; null deletes one entry (a tree is deleted entry by entry).
import { newId } from '../../contract/ids.ts'
import { columnsOf, type EffectItem, type EffectKey, type EffectStore, lastPerKey, type Statement } from '../effect-store.ts'
import { bytesOf, type Encoding } from './content.ts'
import { ancestorsOf } from './path.ts'

/** Every writer of files, also REST, takes its workspace first: that keeps an absent entry absent until the write. */
const lockWorkspaces = (keys: EffectKey[]): Statement => ({
  name: 'lock_effect_workspaces',
  text: `select w.id from workspaces w
         where (w.org_id, w.id) in (
           select s.org_id, s.workspace_id from unnest($1::uuid[], $2::uuid[]) k (org_id, session_id)
           join sessions s on s.org_id = k.org_id and s.id = k.session_id)
         order by w.id for no key update of w`,
  values: columnsOf(keys).slice(0, 2),
})

const readRevisions = (keys: EffectKey[]): Statement => ({
  name: 'read_file_revisions',
  text: `with asked as (
           select distinct k.session_id, k.key, s.org_id, s.workspace_id
           from unnest($1::uuid[], $2::uuid[], $3::text[]) k (org_id, session_id, key)
           join sessions s on s.org_id = k.org_id and s.id = k.session_id
         ), held as (
           select f.org_id, f.workspace_id, f.path, f.revision from files f
           where (f.org_id, f.workspace_id, f.path) in (select org_id, workspace_id, key from asked)
           order by f.workspace_id, f.path for update
         )
         select a.session_id, a.key, h.revision::text as revision, a.workspace_id || ' ' || a.key as place
         from asked a left join held h on h.org_id = a.org_id and h.workspace_id = a.workspace_id and h.path = a.key`,
  values: columnsOf(keys),
})

/** A directory that somebody else put something into stays. */
const deleteFiles = (items: EffectItem[]): Statement => ({
  name: 'apply_file_deletes',
  text: `with gone as (
           select distinct s.org_id, s.workspace_id, k.key as path
           from unnest($1::uuid[], $2::uuid[], $3::text[]) k (org_id, session_id, key)
           join sessions s on s.org_id = k.org_id and s.id = k.session_id
         )
         delete from files f using gone g
         where f.org_id = g.org_id and f.workspace_id = g.workspace_id and f.path = g.path
           and not (f.is_directory and exists (
             select from files c
             where c.org_id = f.org_id and c.workspace_id = f.workspace_id and starts_with(c.path, f.path || '/')
               and not exists (select from gone o where o.workspace_id = c.workspace_id and o.path = c.path)))`,
  values: columnsOf(items),
})

const insertParents = (parents: EffectKey[]): Statement => ({
  name: 'apply_file_parents',
  text: `insert into files (id, org_id, workspace_id, path, is_directory)
         select distinct on (s.workspace_id, k.key) k.id, s.org_id, s.workspace_id, k.key, true
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[]) k (org_id, session_id, key, id)
         join sessions s on s.org_id = k.org_id and s.id = k.session_id
         order by s.workspace_id, k.key
         on conflict do nothing`,
  values: [...columnsOf(parents), parents.map(() => newId())],
})

const upsertFiles = (items: WrittenFile[]): Statement => ({
  name: 'apply_file_writes',
  text: `insert into files (id, org_id, workspace_id, path, is_directory, is_readonly, encoding, content, size_bytes)
         select distinct on (s.workspace_id, k.key) k.id, s.org_id, s.workspace_id, k.key, k.is_directory, k.is_readonly, k.encoding,
           k.content, coalesce(octet_length(k.content), 0)
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::boolean[], $6::boolean[], $7::text[], $8::bytea[])
           with ordinality k (org_id, session_id, key, id, is_directory, is_readonly, encoding, content, n)
         join sessions s on s.org_id = k.org_id and s.id = k.session_id
         order by s.workspace_id, k.key, k.n desc
         on conflict (org_id, workspace_id, path) do update set
           is_directory = excluded.is_directory, is_readonly = excluded.is_readonly, encoding = excluded.encoding,
           content = excluded.content, size_bytes = excluded.size_bytes, revision = nextval('file_revisions'), updated_at = now()`,
  values: [
    ...columnsOf(items),
    items.map(() => newId()),
    items.map((item) => item.isDirectory),
    items.map((item) => item.isReadonly),
    items.map((item) => item.encoding),
    items.map((item) => item.content),
  ],
})

interface WrittenFile extends EffectKey {
  isDirectory: boolean
  isReadonly: boolean
  encoding: Encoding
  content: Buffer | null
}

function writtenFile(item: EffectItem): WrittenFile {
  const { content, encoding, is_directory, is_readonly } = item.write ?? {}
  const written: Encoding = encoding === 'base64' ? 'base64' : 'text'
  const isDirectory = is_directory === true
  return {
    orgId: item.orgId,
    sessionId: item.sessionId,
    key: item.key,
    isDirectory,
    isReadonly: is_readonly === true,
    encoding: written,
    content: isDirectory ? null : bytesOf(typeof content === 'string' ? content : '', written),
  }
}

function parentsOf(items: EffectItem[]): EffectKey[] {
  const parent = (item: EffectItem, key: string): EffectKey => ({ orgId: item.orgId, sessionId: item.sessionId, key })
  return lastPerKey(items.flatMap((item) => ancestorsOf(item.key).map((path) => parent(item, path))))
}

function writesOf(items: EffectItem[]): Statement[] {
  const last = lastPerKey(items)
  const deletes = last.filter((item) => item.write === null)
  const writes = last.filter((item) => item.write !== null)
  const parents = parentsOf(writes)
  return [
    ...(deletes.length > 0 ? [deleteFiles(deletes)] : []),
    ...(parents.length > 0 ? [insertParents(parents)] : []),
    ...(writes.length > 0 ? [upsertFiles(writes.map(writtenFile))] : []),
  ]
}

export const fileEffects: EffectStore = { store: 'files', lock: lockWorkspaces, revisions: readRevisions, writes: writesOf }
