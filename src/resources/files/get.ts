// One path of a tree: a file with its content, or what a directory holds.
import { z } from 'zod'
import { answer } from '../../contract/operation.ts'
import type { Ctx } from '../context.ts'
import { operation } from '../context.ts'
import { bytesAnswer } from './bytes-answer.ts'
import { checkedPath } from './path.ts'
import { fileList, recursiveInput, sessionFile, toFileInfo, toSessionFile, treeInput } from './shape.ts'
import { entriesBelow, readEntry, type Tree } from './store.ts'
import { noFile, treeToRead } from './tree.ts'

async function listing({ tx }: Ctx, tree: Tree, path: string, recursive: boolean): Promise<z.infer<typeof fileList>> {
  return { data: (await entriesBelow(tx, tree, path, recursive)).map(toFileInfo) }
}

export const getRoot = operation({
  name: 'get_root',
  route: 'GET /v1/workspaces/{workspace_id}/fs',
  aliases: ['GET /v1/sessions/{session_id}/fs'],
  tag: 'workspace-filesystem',
  summary: 'List the files at the root of a workspace, or all of them.',
  needs: 'workspaces.view',
  class: 'read',
  input: z.object({ ...treeInput, recursive: recursiveInput }),
  output: fileList,
  run: async (ctx, input) => listing(ctx, await treeToRead(ctx, input), '/', input.recursive),
})

export const getPath = operation({
  name: 'get_path',
  route: 'GET /v1/workspaces/{workspace_id}/fs/{path*}',
  aliases: ['GET /v1/sessions/{session_id}/fs/{path*}'],
  tag: 'workspace-filesystem',
  summary: 'Read a file, or list a directory. With Accept: application/octet-stream a file comes as its bytes.',
  needs: 'workspaces.view',
  class: 'read',
  input: z.object({ ...treeInput, path: z.string(), recursive: recursiveInput, accept: z.string().optional() }),
  headers: { accept: 'accept' },
  output: z.union([sessionFile, fileList]).meta({ id: 'GetResponse' }),

  async run(ctx, input) {
    const path = checkedPath(input.path)
    const tree = await treeToRead(ctx, input)
    if (path === '/') return listing(ctx, tree, path, input.recursive)
    const row = await readEntry(ctx.tx, tree, path)
    if (!row) throw noFile(path)
    if (row.is_directory) return listing(ctx, tree, path, input.recursive)
    return wantsBytes(input.accept) ? bytesAnswer(row) : answer(toSessionFile(row), {})
  },
})

const wantsBytes = (accept: string | undefined): boolean => accept?.toLowerCase().includes('application/octet-stream') ?? false
