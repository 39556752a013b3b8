import { z } from 'zod'
import { overLimit, Problem } from '../../contract/problem.ts'
import { operation } from '../context.ts'
import { checkedEntryPath, maxPathBytes } from './path.ts'
import { sessionFile, toSessionFile, treeInput } from './shape.ts'
import { moveTree, readEntry, statEntry, treeFacts } from './store.ts'
import { isReadonly, isTaken, makeParents, noFile, treeToWrite } from './tree.ts'

export const moveFile = operation({
  name: 'move_file',
  route: 'POST /v1/workspaces/{workspace_id}/fs/_/move',
  aliases: ['POST /v1/sessions/{session_id}/fs/_/move'],
  tag: 'workspace-filesystem',
  summary: 'Move or rename a file or a directory with all it holds.',
  needs: 'workspaces.manage',
  class: 'write',
  input: z.object({ ...treeInput, src_path: z.string(), dst_path: z.string() }).meta({ id: 'MoveFileRequest' }),
  output: sessionFile,

  async run(ctx, input) {
    const [from, to] = [checkedEntryPath(input.src_path), checkedEntryPath(input.dst_path)]
    if (to.startsWith(`${from}/`))
      throw new Problem('bad_request', 'A directory cannot be moved into itself', { code: 'invalid_path' })
    const tree = await treeToWrite(ctx, input)
    const { entries, readonly, longest } = await treeFacts(ctx.tx, tree, from)
    if (entries === 0) throw noFile(from)
    if (readonly !== null) throw isReadonly(readonly)
    if (longest - Buffer.byteLength(from) + Buffer.byteLength(to) > maxPathBytes) throw overLimit()
    if (await statEntry(ctx.tx, tree, to)) throw isTaken(to)
    await makeParents(ctx, tree, [to])
    await moveTree(ctx.tx, tree, from, to)
    const moved = await readEntry(ctx.tx, tree, to)
    if (!moved) throw noFile(from)
    return toSessionFile(moved)
  },
})
