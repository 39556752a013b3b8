import { z } from 'zod'
import { Problem } from '../../contract/problem.ts'
import { operation } from '../context.ts'
import { checkedEntryPath } from './path.ts'
import { recursiveInput, treeInput } from './shape.ts'
import { deleteTree, treeFacts } from './store.ts'
import { isReadonly, treeToWrite } from './tree.ts'

export const deletePath = operation({
  name: 'delete_path',
  route: 'DELETE /v1/workspaces/{workspace_id}/fs/{path*}',
  aliases: ['DELETE /v1/sessions/{session_id}/fs/{path*}'],
  tag: 'workspace-filesystem',
  summary: 'Delete a file or a directory. `deleted` is false where there was nothing.',
  needs: 'workspaces.manage',
  class: 'write',
  input: z.object({ ...treeInput, path: z.string(), recursive: recursiveInput }),
  output: z.object({ deleted: z.boolean() }).meta({ id: 'DeleteFileResponse' }),

  async run(ctx, input) {
    const path = checkedEntryPath(input.path)
    const tree = await treeToWrite(ctx, input)
    const { entries, readonly } = await treeFacts(ctx.tx, tree, path)
    if (entries === 0) return { deleted: false }
    if (entries > 1 && !input.recursive) {
      throw new Problem('bad_request', `${path} is not empty; say recursive=true to delete all of it`, {
        code: 'directory_not_empty',
      })
    }
    if (readonly !== null) throw isReadonly(readonly)
    await deleteTree(ctx.tx, tree, path)
    return { deleted: true }
  },
})
