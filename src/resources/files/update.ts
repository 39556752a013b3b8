import { z } from 'zod'
import { operation } from '../context.ts'
import { checkedBytes } from './content.ts'
import { checkedEntryPath } from './path.ts'
import { encodingInput, sessionFile, toSessionFile, treeInput } from './shape.ts'
import { type EntryChange, type EntryRow, statEntry, updateEntry } from './store.ts'
import { isDirectory, isReadonly, noFile, treeToWrite } from './tree.ts'

const body = { content: z.string().nullish(), encoding: encodingInput.nullish(), is_readonly: z.boolean().nullish() }

export const updatePath = operation({
  name: 'update_path',
  route: 'PUT /v1/workspaces/{workspace_id}/fs/{path*}',
  aliases: ['PUT /v1/sessions/{session_id}/fs/{path*}'],
  tag: 'workspace-filesystem',
  summary: 'Replace the content of a file, or only make it read-only or writable.',
  needs: 'workspaces.manage',
  class: 'write',
  input: z.object({ ...treeInput, path: z.string(), ...body }).meta({ id: 'UpdateFileRequest' }),
  output: sessionFile,

  async run(ctx, input) {
    const path = checkedEntryPath(input.path)
    const change = changeOf(input)
    const tree = await treeToWrite(ctx, input)
    const row = await statEntry(ctx.tx, tree, path)
    if (!row) throw noFile(path)
    if (change.content) refuseContent(row)
    const changed = await updateEntry(ctx.tx, tree, path, change)
    if (!changed) throw noFile(path)
    return toSessionFile(changed)
  },
})

/** The encoding belongs to the content: alone it changes nothing. */
function changeOf({ content, encoding, is_readonly }: z.output<z.ZodObject<typeof body>>): EntryChange {
  const written = encoding ?? 'text'
  return {
    ...(content == null ? {} : { content: checkedBytes(content, written), encoding: written }),
    ...(is_readonly == null ? {} : { isReadonly: is_readonly }),
  }
}

function refuseContent(row: EntryRow): void {
  if (row.is_directory) throw isDirectory(row.path)
  if (row.is_readonly) throw isReadonly(row.path)
}
