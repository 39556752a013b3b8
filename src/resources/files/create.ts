import { z } from 'zod'
import { newId } from '../../contract/ids.ts'
import { Problem } from '../../contract/problem.ts'
import { operation } from '../context.ts'
import { checkedBytes } from './content.ts'
import { checkedEntryPath } from './path.ts'
import { encodingInput, sessionFile, toSessionFile, treeInput } from './shape.ts'
import { insertEntry, type NewEntry } from './store.ts'
import { isTaken, makeParents, treeToWrite } from './tree.ts'

const body = {
  content: z.string().nullish(),
  encoding: encodingInput.nullish(),
  is_directory: z.boolean().nullish(),
  is_readonly: z.boolean().nullish(),
}
type Body = z.output<z.ZodObject<typeof body>>

export const createPath = operation({
  name: 'create_path',
  route: 'POST /v1/workspaces/{workspace_id}/fs/{path*}',
  aliases: ['POST /v1/sessions/{session_id}/fs/{path*}'],
  tag: 'workspace-filesystem',
  summary: 'Create a file or a directory; missing directories above it are created too.',
  needs: 'workspaces.manage',
  class: 'write',
  input: z.object({ ...treeInput, path: z.string(), ...body }).meta({ id: 'CreateFileRequest' }),
  output: sessionFile,
  status: 201,

  async run(ctx, input) {
    const entry = newEntry(checkedEntryPath(input.path), input)
    const tree = await treeToWrite(ctx, input)
    await makeParents(ctx, tree, [entry.path])
    const row = await insertEntry(ctx.tx, tree, entry)
    if (!row) throw isTaken(entry.path)
    return toSessionFile(row)
  },
})

function newEntry(path: string, { content, encoding, is_directory, is_readonly }: Body): NewEntry {
  if (is_directory && content) throw new Problem('bad_request', 'A directory has no content', { code: 'validation_failed' })
  return {
    id: newId(),
    path,
    isDirectory: is_directory ?? false,
    isReadonly: is_readonly ?? false,
    encoding: encoding ?? 'text',
    content: is_directory ? null : checkedBytes(content ?? '', encoding ?? 'text'),
  }
}
