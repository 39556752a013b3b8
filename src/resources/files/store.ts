// The statements over files. Every path is a normalised one; every write gives the entry a new revision, which is what a tool's
// own write may depend on. Writers call `lockWorkspace` first.
import { type Selectable, sql, type Transaction } from 'kysely'
import { newId, type Uuid } from '../../contract/ids.ts'
import type { Database } from '../../db/schema.ts'
import type { Files } from '../../db/schema-resources.ts'
import type { Encoding } from './content.ts'

type Tx = Transaction<Database>
export type FileRow = Selectable<Files>
export type EntryRow = Omit<FileRow, 'content'>

/** The tree a statement is about. */
export interface Tree {
  orgId: Uuid
  workspaceId: Uuid
}

const entryColumns = [
  'id',
  'org_id',
  'workspace_id',
  'path',
  'is_directory',
  'is_readonly',
  'encoding',
  'size_bytes',
  'revision',
  'created_at',
  'updated_at',
] as const

const inTree = (tx: Tx, tree: Tree) =>
  tx.selectFrom('files').where('org_id', '=', tree.orgId).where('workspace_id', '=', tree.workspaceId)

/** Everything below a directory: `path` itself is not. */
const below = (path: string) => sql<boolean>`starts_with(path, ${path === '/' ? '/' : `${path}/`}::text)`
const byPath = sql`path collate "C"`

export async function workspaceOfSession(tx: Tx, orgId: Uuid, sessionId: Uuid): Promise<Uuid | undefined> {
  const row = await tx
    .selectFrom('sessions')
    .select('workspace_id')
    .where('org_id', '=', orgId)
    .where('id', '=', sessionId)
    .executeTakeFirst()
  return row?.workspace_id
}

export const statEntry = (tx: Tx, tree: Tree, path: string): Promise<EntryRow | undefined> =>
  inTree(tx, tree).select(entryColumns).where('path', '=', path).executeTakeFirst()

export const readEntry = (tx: Tx, tree: Tree, path: string): Promise<FileRow | undefined> =>
  inTree(tx, tree).selectAll().where('path', '=', path).executeTakeFirst()

export const statEntries = (tx: Tx, tree: Tree, paths: string[]): Promise<EntryRow[]> =>
  inTree(tx, tree).select(entryColumns).where('path', '=', sql<string>`any(${paths}::text[])`).execute()

/** Entries below a directory by path: its children, or everything. */
export function entriesBelow(tx: Tx, tree: Tree, path: string, recursive: boolean): Promise<EntryRow[]> {
  const prefix = path === '/' ? '/' : `${path}/`
  const children = sql<boolean>`strpos(substr(path, char_length(${prefix}::text) + 1), '/') = 0`
  const rows = inTree(tx, tree).select(entryColumns).where(below(path)).orderBy(byPath)
  return (recursive ? rows : rows.where(children)).execute()
}

/** The text files among the paths, in order, with their content, as far as `maxBytes` go. */
export const textFiles = (tx: Tx, tree: Tree, paths: string[], maxBytes: number): Promise<FileRow[]> =>
  tx
    .selectFrom(
      inTree(tx, tree)
        .selectAll()
        .select(sql<number>`sum(size_bytes) over (order by path collate "C")`.as('so_far'))
        .where('is_directory', '=', false)
        .where('encoding', '=', 'text')
        .where('path', '=', sql<string>`any(${paths}::text[])`)
        .as('found'),
    )
    .selectAll()
    .where('so_far', '<=', maxBytes)
    .orderBy(byPath)
    .execute()

export interface NewEntry {
  id: Uuid
  path: string
  isDirectory: boolean
  isReadonly: boolean
  encoding: Encoding
  content: Buffer | null
}

export const newDirectory = (path: string): NewEntry => ({
  id: newId(),
  path,
  isDirectory: true,
  isReadonly: false,
  encoding: 'text',
  content: null,
})

/** Answers null where the path is taken. */
export async function insertEntry(tx: Tx, tree: Tree, entry: NewEntry): Promise<FileRow | null> {
  const [row] = await insertEntries(tx, tree, [entry])
  return row ?? null
}

/** Paths that are taken are left as they are; the inserted rows come back. */
export async function insertEntries(tx: Tx, tree: Tree, entries: NewEntry[]): Promise<FileRow[]> {
  if (entries.length === 0) return []
  return tx
    .insertInto('files')
    .values(entries.map((entry) => ({ ...keyOf(tree), ...columnsOf(entry) })))
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .execute()
}

const keyOf = (tree: Tree) => ({ org_id: tree.orgId, workspace_id: tree.workspaceId })
const columnsOf = (entry: NewEntry) => ({
  id: entry.id,
  path: entry.path,
  is_directory: entry.isDirectory,
  is_readonly: entry.isReadonly,
  encoding: entry.encoding,
  content: entry.content,
  size_bytes: entry.content?.length ?? 0,
})

export interface EntryChange {
  content?: Buffer
  encoding?: Encoding
  isReadonly?: boolean
}

export const updateEntry = (tx: Tx, tree: Tree, path: string, change: EntryChange): Promise<FileRow | undefined> =>
  tx
    .updateTable('files')
    .set({
      ...(change.content ? { content: change.content, size_bytes: change.content.length } : {}),
      ...(change.encoding ? { encoding: change.encoding } : {}),
      ...(change.isReadonly === undefined ? {} : { is_readonly: change.isReadonly }),
      revision: sql`nextval('file_revisions')`,
      updated_at: sql`now()`,
    })
    .where('org_id', '=', tree.orgId)
    .where('workspace_id', '=', tree.workspaceId)
    .where('path', '=', path)
    .returningAll()
    .executeTakeFirst()

/** What stands in the way of moving or deleting a tree, and how long its longest path is. */
export async function treeFacts(
  tx: Tx,
  tree: Tree,
  path: string,
): Promise<{ entries: number; readonly: string | null; longest: number }> {
  const row = await inTree(tx, tree)
    .select([
      sql<number>`count(*)`.as('entries'),
      sql<string | null>`min(path) filter (where is_readonly)`.as('readonly'),
      sql<number | null>`max(octet_length(path))`.as('longest'),
    ])
    .where((where) => where.or([where('path', '=', path), below(path)]))
    .executeTakeFirstOrThrow()
  return { ...row, longest: row.longest ?? 0 }
}

/** The entry and everything below it. */
export const deleteTree = (tx: Tx, tree: Tree, path: string) =>
  tx
    .deleteFrom('files')
    .where('org_id', '=', tree.orgId)
    .where('workspace_id', '=', tree.workspaceId)
    .where((where) => where.or([where('path', '=', path), below(path)]))
    .execute()

/** Renames the entry and everything below it. */
export const moveTree = (tx: Tx, tree: Tree, from: string, to: string) =>
  tx
    .updateTable('files')
    .set({
      path: sql`${to}::text || substr(path, char_length(${from}::text) + 1)`,
      revision: sql`nextval('file_revisions')`,
      updated_at: sql`now()`,
    })
    .where('org_id', '=', tree.orgId)
    .where('workspace_id', '=', tree.workspaceId)
    .where((where) => where.or([where('path', '=', from), below(from)]))
    .execute()
