// A file as its bytes.
import { type Answer, answer } from '../../contract/operation.ts'
import { nameOf } from './path.ts'
import type { FileRow } from './store.ts'

/** Always a download: a browser must never render what an agent wrote under our own origin. */
export function bytesAnswer(row: FileRow): Answer<never> {
  const bytes = row.content ?? Buffer.alloc(0)
  // Bytes have no place in a JSON schema, which is all the type of an answer knows.
  return answer(bytes as never, {
    type: 'application/octet-stream',
    headers: { 'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(nameOf(row.path))}`, ...safely },
  })
}

/** The browser shall not guess another type. */
export const safely = { 'x-content-type-options': 'nosniff' }
