import { z } from 'zod'
import { listOf } from '../../contract/page.ts'
import { operation } from '../context.ts'
import { kib, mib, textUpTo } from '../shared/limits.ts'
import { contentOf } from './content.ts'
import { type LineMatch, searchLines } from './search-thread.ts'
import { treeInput } from './shape.ts'
import { entriesBelow, textFiles } from './store.ts'
import { treeToRead } from './tree.ts'

const maxSearchedBytes = 20 * mib

const grepMatch = z.object({ path: z.string(), line_number: z.number().int(), line: z.string() }).meta({ id: 'GrepMatch' })
const grepResult = z.object({ path: z.string(), matches: z.array(grepMatch) }).meta({ id: 'GrepResult' })

export const grepFiles = operation({
  name: 'grep_files',
  route: 'POST /v1/workspaces/{workspace_id}/fs/_/grep',
  aliases: ['POST /v1/sessions/{session_id}/fs/_/grep'],
  tag: 'workspace-filesystem',
  summary:
    'Search text files (the first 20 MB by path) for a regular expression, line by line. `path_pattern` is a part of the path.',
  needs: 'workspaces.view',
  class: 'read',
  input: z
    .object({ ...treeInput, pattern: textUpTo(4 * kib).min(1), path_pattern: z.string().nullish() })
    .meta({ id: 'GrepRequest' }),
  output: listOf(grepResult).meta({ id: 'ListResponse_GrepResult' }),

  async run(ctx, input) {
    const tree = await treeToRead(ctx, input)
    const paths = (await entriesBelow(ctx.tx, tree, '/', true)).map((row) => row.path)
    const wanted = input.path_pattern ? paths.filter((path) => path.includes(input.path_pattern ?? '')) : paths
    const rows = await textFiles(ctx.tx, tree, wanted, maxSearchedBytes)
    const files = rows.map((row) => ({ path: row.path, content: contentOf(row.content, 'text') }))
    return { data: byFile(await searchLines(files, input.pattern, ctx.signal)) }
  },
})

function byFile(matches: LineMatch[]): z.infer<typeof grepResult>[] {
  const files = new Map<string, LineMatch[]>()
  for (const match of matches) {
    const found = files.get(match.path)
    if (found) found.push(match)
    else files.set(match.path, [match])
  }
  return [...files].map(([path, found]) => ({ path, matches: found }))
}
