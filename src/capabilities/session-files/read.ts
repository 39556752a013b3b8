// read_file and read_many_files.
import { z } from 'zod'
import { ToolError, tool } from '../../contract/capability.ts'
import type { JsonObject } from '../../contract/json.ts'
import { shownPath, treePath } from '../../contract/paths.ts'
import { filePage } from './page.ts'
import { fileAt, nameOf, pathIn } from './paths.ts'
import { maxResultBytes } from './truncation.ts'

const asked = {
  offset: z.number().int().min(0).optional().describe('Lines to skip (0 = from the first line).'),
  limit: z.number().int().min(1).optional().describe('Most lines to return. Default by file type: 2000 for text.'),
}
const hints = { readonly: true, idempotent: true }

export const readFile = tool({
  name: 'read_file',
  displayName: 'Read file',
  says: 'Read a file as numbered lines ("12|text"). Logs are read from the end, tables from their head; binary files answer with facts only.',
  effect: 'transactional',
  hints,
  args: z.object({ path: z.string().describe('Path of the file.'), ...asked }),
  narrate: ({ path }) => `Reading ${nameOf(path)}`,
  run: async ({ path, ...page }, { files }) => filePage(await fileAt(files, pathIn(path)), page, maxResultBytes),
})

export const readManyFiles = tool({
  name: 'read_many_files',
  displayName: 'Read files',
  says: 'Read 2 to 10 files in one call; offset and limit apply to each. A file that cannot be read answers with its error.',
  effect: 'transactional',
  hints,
  args: z.object({ paths: z.array(z.string()).min(2).max(10).describe('Paths of the files, in order.'), ...asked }),
  narrate: ({ paths }) => `Reading ${paths.length} files`,
  run: async ({ paths, ...page }, { files }) => {
    const share = Math.floor(maxResultBytes / paths.length)
    const read = async (path: string): Promise<JsonObject> => filePage(await fileAt(files, pathIn(path)), page, share)
    const results: JsonObject[] = await Promise.all(paths.map((path) => read(path).catch((error) => refusal(path, error))))
    const failed = results.filter((result) => 'error' in result).length
    return { files: results, success_count: results.length - failed, error_count: failed }
  },
})

/** One file's failure stands beside the other files; an accident still ends the call. */
function refusal(path: string, error: unknown): JsonObject {
  if (!(error instanceof ToolError)) throw error
  const known = treePath(path)
  return { path: known === null ? path : shownPath(known), error: error.message }
}
