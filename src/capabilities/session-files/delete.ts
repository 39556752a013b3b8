// delete_file: one file, an empty directory, or a whole directory when told so.
import { z } from 'zod'
import { ToolError, tool } from '../../contract/capability.ts'
import { shownPath } from '../../contract/paths.ts'
import { nameOf, pathIn } from './paths.ts'

export const deleteFile = tool({
  name: 'delete_file',
  displayName: 'Delete file',
  says: 'Delete a file or directory.',
  effect: 'transactional',
  hints: { destructive: true, idempotent: true, concurrency_class: 'session_workspace' },
  args: z.object({
    path: z.string().describe('Path of the file or directory.'),
    recursive: z.boolean().default(false).describe('Also delete everything in the directory.'),
  }),
  narrate: ({ path }) => `Deleting ${nameOf(path)}`,
  run: async ({ path: asked, recursive }, { files }) => {
    const path = pathIn(asked)
    if (path === '/') throw new ToolError('The workspace itself cannot be deleted')
    const there = await files.stat(path)
    if (!there) throw new ToolError(`File not found: ${shownPath(path)}`)
    if (there.isReadonly) throw new ToolError(`File is read-only: ${shownPath(path)}`)
    if (there.isDirectory && !recursive && (await files.list(path, false)).length > 0)
      throw new ToolError(`Directory is not empty: ${shownPath(path)}. Set recursive to delete it with everything in it.`)
    await files.remove(path, recursive)
    return { path: shownPath(path), deleted: true }
  },
})
