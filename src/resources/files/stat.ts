import { z } from 'zod'
import { operation } from '../context.ts'
import { toWireTime } from '../shared/time.ts'
import { checkedPath } from './path.ts'
import { fileStat, toStat, treeInput } from './shape.ts'
import { statEntry } from './store.ts'
import { noFile, treeToRead } from './tree.ts'

export const statFile = operation({
  name: 'stat_file',
  route: 'POST /v1/workspaces/{workspace_id}/fs/_/stat',
  aliases: ['POST /v1/sessions/{session_id}/fs/_/stat'],
  tag: 'workspace-filesystem',
  summary: 'What a path is, without its content.',
  needs: 'workspaces.view',
  class: 'read',
  input: z.object({ ...treeInput, path: z.string() }).meta({ id: 'StatRequest' }),
  output: fileStat,

  async run(ctx, input) {
    const path = checkedPath(input.path)
    const tree = await treeToRead(ctx, input)
    if (path === '/') return rootStat(tree.createdAt)
    const row = await statEntry(ctx.tx, tree, path)
    if (!row) throw noFile(path)
    return toStat(row)
  },
})

/** The root has no row: it is as old as its workspace. */
const rootStat = (createdAt: Date): z.infer<typeof fileStat> => ({
  path: '/',
  name: '/',
  is_directory: true,
  is_readonly: false,
  size_bytes: 0,
  created_at: toWireTime(createdAt),
  updated_at: toWireTime(createdAt),
})
