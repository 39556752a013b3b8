import { z } from 'zod'
import { newId } from '../../contract/ids.ts'
import { operation } from '../context.ts'
import { checkedEntryPath } from './path.ts'
import { sessionFile, toSessionFile, treeInput } from './shape.ts'
import { insertEntry, readEntry } from './store.ts'
import { isDirectory, isTaken, makeParents, noFile, treeToWrite } from './tree.ts'

export const copyFile = operation({
  name: 'copy_file',
  route: 'POST /v1/workspaces/{workspace_id}/fs/_/copy',
  aliases: ['POST /v1/sessions/{session_id}/fs/_/copy'],
  tag: 'workspace-filesystem',
  summary: 'Copy one file. The copy is writable.',
  needs: 'workspaces.manage',
  class: 'write',
  input: z.object({ ...treeInput, src_path: z.string(), dst_path: z.string() }).meta({ id: 'CopyFileRequest' }),
  output: sessionFile,
  status: 201,

  async run(ctx, input) {
    const [from, to] = [checkedEntryPath(input.src_path), checkedEntryPath(input.dst_path)]
    const tree = await treeToWrite(ctx, input)
    const source = await readEntry(ctx.tx, tree, from)
    if (!source) throw noFile(from)
    if (source.is_directory) throw isDirectory(from)
    await makeParents(ctx, tree, [to])
    const { encoding, content } = source
    const copy = await insertEntry(ctx.tx, tree, {
      id: newId(),
      path: to,
      isDirectory: false,
      isReadonly: false,
      encoding,
      content,
    })
    if (!copy) throw isTaken(to)
    return toSessionFile(copy)
  },
})
