// Bytes at rest, text or base64 on the wire.
import { overLimit, Problem } from '../../contract/problem.ts'

export type Encoding = 'text' | 'base64'

const maxFileBytes = 10 * 1024 * 1024
const base64Form = /^[A-Za-z0-9+/\s]*={0,2}\s*$/

export const bytesOf = (content: string, encoding: Encoding): Buffer =>
  Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8')

/** The same for a caller's content. Problem bad_request for what is not base64, and beyond 10 MB. */
export function checkedBytes(content: string, encoding: Encoding): Buffer {
  if (encoding === 'base64' && !base64Form.test(content)) {
    throw new Problem('bad_request', 'The content is not base64', { code: 'invalid_content' })
  }
  const bytes = bytesOf(content, encoding)
  if (bytes.length > maxFileBytes) throw overLimit()
  return bytes
}

/** What was written comes back as it was written; a directory's content is empty. */
export const contentOf = (bytes: Buffer | null, encoding: Encoding): string =>
  bytes === null ? '' : bytes.toString(encoding === 'base64' ? 'base64' : 'utf8')
