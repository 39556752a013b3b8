// A workspace as callers see it: a file tree with a name of its own, which one session or several work in.
import type { Selectable } from 'kysely'
import { z } from 'zod'
import { toWire } from '../../contract/ids.ts'
import type { Workspaces } from '../../db/schema-resources.ts'
import { kib, textUpTo } from '../shared/limits.ts'
import { timestamp, toWireTime, toWireTimeOrNone } from '../shared/time.ts'

export type WorkspaceRow = Selectable<Workspaces>

export const workspace = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().optional(),
    status: z.string(),
    archived_at: timestamp.optional(),
    deleted_at: timestamp.optional(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Workspace' })

export const workspaceName = z.string().trim().min(1).max(255)
export const workspaceDescription = textUpTo(10 * kib)

export const toWireWorkspace = (row: WorkspaceRow): z.infer<typeof workspace> => ({
  id: toWire('workspace', row.id),
  name: row.name,
  description: row.description ?? undefined,
  status: row.status,
  archived_at: toWireTimeOrNone(row.archived_at),
  deleted_at: toWireTimeOrNone(row.deleted_at),
  created_at: toWireTime(row.created_at),
  updated_at: toWireTime(row.updated_at),
})
