// What a running tool reads of its session's files through Call. The session is the lease's, never the input's.
import { z } from 'zod'
import { globTest } from '../../contract/glob.ts'
import { treePath } from '../../contract/paths.ts'
import { Problem } from '../../contract/problem.ts'
import type { ListedFile, ReadFile } from '../../contract/session-reads.ts'
import type { Ctx } from '../context.ts'
import { operation } from '../context.ts'
import { leasedSession } from '../sessions/lease.ts'
import { mib } from '../shared/limits.ts'
import { contentOf } from './content.ts'
import { type EntryRow, entriesBelow, type FileRow, readEntry, type Tree, textFiles, workspaceOfSession } from './store.ts'

const maxTextBytes = 20 * mib

const fileEntry = z.object({
  path: z.string(),
  isDirectory: z.boolean(),
  isReadonly: z.boolean(),
  encoding: z.enum(['text', 'base64']),
  sizeBytes: z.number().int(),
  createdAt: z.string(),
  updatedAt: z.string(),
})
const listedFile: z.ZodType<ListedFile> = z.object({ entry: fileEntry, revision: z.string() })
const readFile: z.ZodType<ReadFile> = z.object({ entry: fileEntry, revision: z.string(), content: z.string() })

export const readSessionFile = operation({
  name: 'read_session_file',
  tag: 'worker',
  summary: 'Read one entry of the session’s files; null where there is none.',
  needs: 'workspaces.view',
  class: 'read',
  audience: 'worker',
  input: z.object({ path: z.string() }),
  output: readFile.nullable(),

  async run(ctx, { path }) {
    const row = await readEntry(ctx.tx, await leasedTree(ctx), pathIn(path))
    return row ? toReadFile(row) : null
  },
})

export const listSessionFiles = operation({
  name: 'list_session_files',
  tag: 'worker',
  summary: 'List what is below a path of the session’s files.',
  needs: 'workspaces.view',
  class: 'read',
  audience: 'worker',
  input: z.object({ path: z.string(), recursive: z.boolean().default(false) }),
  output: z.array(listedFile),

  async run(ctx, { path, recursive }) {
    const rows = await entriesBelow(ctx.tx, await leasedTree(ctx), pathIn(path), recursive)
    return rows.map(toListedFile)
  },
})

export const sessionTextFiles = operation({
  name: 'session_text_files',
  tag: 'worker',
  summary: 'Read the session’s text files whose paths pass a glob, by path, as far as 20 MB go.',
  needs: 'workspaces.view',
  class: 'read',
  audience: 'worker',
  input: z.object({ glob: z.string().nullish() }),
  output: z.array(readFile),

  async run(ctx, { glob }) {
    const tree = await leasedTree(ctx)
    const wants = glob ? globTest(glob) : () => true
    const paths = (await entriesBelow(ctx.tx, tree, '/', true)).map((row) => row.path).filter(wants)
    return (await textFiles(ctx.tx, tree, paths, maxTextBytes)).map(toReadFile)
  },
})

async function leasedTree(ctx: Ctx): Promise<Tree> {
  const workspaceId = await workspaceOfSession(ctx.tx, ctx.orgId, leasedSession(ctx))
  if (!workspaceId) throw new Problem('not_found', 'The session is gone', { code: 'session_not_found' })
  return { orgId: ctx.orgId, workspaceId }
}

function pathIn(text: string): string {
  const path = treePath(text)
  if (path === null) throw new Problem('bad_request', 'A path has no `..` and no NUL', { code: 'invalid_path' })
  return path
}

const toListedFile = (row: EntryRow): ListedFile => ({
  revision: String(row.revision),
  entry: {
    path: row.path,
    isDirectory: row.is_directory,
    isReadonly: row.is_readonly,
    encoding: row.encoding,
    sizeBytes: row.size_bytes,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  },
})

const toReadFile = (row: FileRow): ReadFile => ({ ...toListedFile(row), content: contentOf(row.content, row.encoding) })
