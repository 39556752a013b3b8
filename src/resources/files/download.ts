// A file as it is: to keep (download), or to look at (preview of HTML, locked up).
import { z } from 'zod'
import { answer } from '../../contract/operation.ts'
import { Problem } from '../../contract/problem.ts'
import type { Ctx } from '../context.ts'
import { operation } from '../context.ts'
import { bytesAnswer, safely } from './bytes-answer.ts'
import { checkedPath } from './path.ts'
import { treeInput } from './shape.ts'
import { type FileRow, readEntry } from './store.ts'
import { isDirectory, noFile, type TreeInput, treeToRead } from './tree.ts'

async function fileAt(ctx: Ctx, input: TreeInput & { path: string }): Promise<FileRow> {
  const path = checkedPath(input.path)
  const row = path === '/' ? undefined : await readEntry(ctx.tx, await treeToRead(ctx, input), path)
  if (path === '/' || row?.is_directory) throw isDirectory(path)
  if (!row) throw noFile(path)
  return row
}

export const downloadPath = operation({
  name: 'download_path',
  route: 'GET /v1/workspaces/{workspace_id}/fs/_/download/{path*}',
  aliases: ['GET /v1/sessions/{session_id}/fs/_/download/{path*}'],
  tag: 'workspace-filesystem',
  summary: 'Download a file as its bytes.',
  needs: 'workspaces.view',
  class: 'read',
  input: z.object({ ...treeInput, path: z.string() }),
  output: z.any(),
  produces: 'application/octet-stream',
  run: async (ctx, input) => bytesAnswer(await fileAt(ctx, input)),
})

/** Scripts, forms, frames and the network are off: the page came from a model. */
const lockedUp = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"

export const previewPath = operation({
  name: 'preview_path',
  route: 'GET /v1/workspaces/{workspace_id}/fs/_/preview/{path*}',
  aliases: ['GET /v1/sessions/{session_id}/fs/_/preview/{path*}'],
  tag: 'workspace-filesystem',
  summary: 'Show an HTML file in a browser, without scripts and without network.',
  needs: 'workspaces.view',
  class: 'read',
  input: z.object({ ...treeInput, path: z.string() }),
  output: z.any(),
  produces: 'text/html',

  async run(ctx, input) {
    const row = await fileAt(ctx, input)
    if (!/\.html?$/i.test(row.path)) throw new Problem('unsupported_media_type', 'Only HTML files have a preview')
    return answer(row.content ?? Buffer.alloc(0), {
      type: 'text/html; charset=utf-8',
      headers: { 'content-security-policy': lockedUp, 'referrer-policy': 'no-referrer', ...safely },
    })
  },
})
