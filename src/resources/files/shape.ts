// Files as callers of the API see them.
import { z } from 'zod'

import { listOf } from '../../contract/page.ts'
import { wireId } from '../shared/ids.ts'
import { flag } from '../shared/query.ts'
import { timestamp, toWireTime } from '../shared/time.ts'
import { contentOf } from './content.ts'
import { nameOf } from './path.ts'
import type { EntryRow, FileRow } from './store.ts'

const entry = {
  path: z.string(),
  name: z.string(),
  is_directory: z.boolean(),
  is_readonly: z.boolean(),
  size_bytes: z.number().int(),
  created_at: timestamp,
  updated_at: timestamp,
}
/** `session_id` is the owner's plain UUID: the workspace's, which a session's own files hang on. */
const owned = { id: z.guid(), session_id: z.guid() }

export const fileStat = z.object(entry).meta({ id: 'FileStat' })
export const fileInfo = z.object({ ...owned, ...entry }).meta({ id: 'FileInfo' })
export const sessionFile = z
  .object({ ...owned, ...entry, content: z.string().optional(), encoding: z.string() })
  .meta({ id: 'SessionFile' })
export const fileList = listOf(fileInfo).meta({ id: 'ListResponse_FileInfo' })

/** Which tree: exactly one of the two, as the route gives it. */
export const treeInput = { workspace_id: wireId('workspace').optional(), session_id: wireId('session').optional() }
export const encodingInput = z.enum(['text', 'base64'])
export const recursiveInput = flag.default(false)

export const toStat = (row: EntryRow): z.infer<typeof fileStat> => ({
  path: row.path,
  name: nameOf(row.path),
  is_directory: row.is_directory,
  is_readonly: row.is_readonly,
  size_bytes: row.size_bytes,
  created_at: toWireTime(row.created_at),
  updated_at: toWireTime(row.updated_at),
})

export const toFileInfo = (row: EntryRow): z.infer<typeof fileInfo> => ({
  id: row.id,
  session_id: row.workspace_id,
  ...toStat(row),
})

export const toSessionFile = (row: FileRow): z.infer<typeof sessionFile> => ({
  ...toFileInfo(row),
  encoding: row.encoding,
  ...(row.is_directory ? {} : { content: contentOf(row.content, row.encoding) }),
})
