// Files that a harness, an agent or a session starts with.
import { z } from 'zod'
import { treePath } from '../../contract/paths.ts'
import { mib, tooBig } from './limits.ts'

const maxFiles = 100
const maxTotalBytes = 5 * mib

export const initialFile = z
  .object({
    path: z.string(),
    content: z.string(),
    encoding: z.enum(['text', 'base64']).default('text'),
    is_readonly: z.boolean().default(false),
  })
  .meta({ id: 'InitialFile' })

/** Paths are kept as written; two that mean the same file are refused. */
export const initialFiles = z.array(initialFile).superRefine((files, context) => {
  if (files.length > maxFiles) return tooBig(context, 'array', maxFiles, files)
  const total = files.reduce(
    (bytes, file) => bytes + Buffer.byteLength(file.content, file.encoding === 'base64' ? 'base64' : 'utf8'),
    0,
  )
  if (total > maxTotalBytes) return tooBig(context, 'string', maxTotalBytes, files)
  const seen = new Set<string>()
  for (const [index, { path, content, encoding }] of files.entries()) {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message, path: [index], input: path })
    const treed = treePath(path)
    if (!treed || treed === '/') refuse('path must name a file in the workspace')
    else if (seen.has(treed)) refuse(`path ${treed} is there twice`)
    else if (encoding === 'base64' && !isBase64(content)) refuse('content is not base64')
    else seen.add(treed)
  }
})

const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
