// write_file: the whole content at once.
import { z } from 'zod'
import { tool } from '../../contract/capability.ts'
import { shownPath } from '../../contract/paths.ts'
import { contentHash, refuseUnstorable } from './content.ts'
import { nameOf, pathIn, refuseUnwritable } from './paths.ts'

export const writeFile = tool({
  name: 'write_file',
  displayName: 'Write file',
  says: 'Create a file or replace all of its content.',
  effect: 'transactional',
  hints: { idempotent: true, concurrency_class: 'session_workspace' },
  args: z.object({
    path: z.string().describe('Path of the file.'),
    content: z.string().describe('The complete content.'),
    encoding: z.enum(['text', 'base64']).default('text').describe('How the content is given; base64 for binary.'),
  }),
  narrate: ({ path }) => `Writing ${nameOf(path)}`,
  run: async ({ path: asked, content, encoding }, { files }) => {
    const path = pathIn(asked)
    refuseUnstorable(content, encoding)
    await refuseUnwritable(files, path)
    const { created, sizeBytes } = await files.write(path, content, encoding)
    return { path: shownPath(path), size_bytes: sizeBytes, created, content_hash: contentHash(content, encoding) }
  },
})
