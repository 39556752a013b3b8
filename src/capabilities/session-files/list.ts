// list_directory and stat_file: what is where.
import { z } from 'zod'
import { type FileEntry, ToolError, tool } from '../../contract/capability.ts'
import { shownPath } from '../../contract/paths.ts'
import { nameOf, pathIn } from './paths.ts'
import { pageOf } from './truncation.ts'

export const listDirectory = tool({
  name: 'list_directory',
  displayName: 'List directory',
  says: 'List the files and folders directly in a directory.',
  effect: 'transactional',
  hints: { readonly: true, idempotent: true },
  args: z.object({
    path: z.string().default('/workspace').describe('Path of the directory.'),
    offset: z.number().int().min(0).default(0).describe('Entries to skip.'),
    limit: z.number().int().min(1).max(1000).default(200).describe('Most entries to return.'),
  }),
  narrate: ({ path }) => `Listing ${nameOf(path)}`,
  run: async ({ path: asked, offset, limit }, { files }) => {
    const path = pathIn(asked)
    const there = path === '/' ? null : await files.stat(path)
    if (path !== '/' && !there) throw new ToolError(`Directory not found: ${shownPath(path)}`)
    if (there && !there.isDirectory) throw new ToolError(`Not a directory: ${shownPath(path)}. Use read_file to read it.`)
    const entries = (await files.list(path, false)).map(listed)
    const { page, truncation } = pageOf(entries, offset, limit, 'entries')
    return { path: shownPath(path), entries: page, count: page.length, total_count: entries.length, offset, limit, truncation }
  },
})

const listed = (entry: FileEntry) => ({
  name: nameOf(entry.path),
  path: shownPath(entry.path),
  is_directory: entry.isDirectory,
  size_bytes: entry.sizeBytes,
  is_readonly: entry.isReadonly,
})

export const statFile = tool({
  name: 'stat_file',
  displayName: 'File facts',
  says: 'Get the facts about a file or directory: whether it exists, its size and its times.',
  effect: 'transactional',
  hints: { readonly: true, idempotent: true },
  args: z.object({ path: z.string().describe('Path of the file or directory.') }),
  narrate: ({ path }) => `Looking at ${nameOf(path)}`,
  run: async ({ path: asked }, { files }) => {
    const path = pathIn(asked)
    const entry = await files.stat(path)
    if (path === '/' && !entry) return { path: shownPath(path), name: nameOf(path), exists: true, ...emptyRoot }
    if (!entry) return { path: shownPath(path), exists: false }
    return { ...listed(entry), exists: true, created_at: entry.createdAt, updated_at: entry.updatedAt }
  },
})

/** The root is there even before anything is in it. */
const emptyRoot = { is_directory: true, is_readonly: false, size_bytes: 0 }
