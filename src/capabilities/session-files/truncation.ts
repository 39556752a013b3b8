// The envelope with which every reading tool says how much it gave, and how to go on.
import type { JsonObject } from '../../contract/json.ts'

/** No result is larger than this, in bytes of its JSON text. */
export const maxResultBytes = 50 * 1024

export interface Shown {
  bytesReturned: number
  bytesTotal?: number
  /** Why there is more; absent when there is not. */
  reason?: 'size_cap' | 'line_cap' | 'item_cap'
  /** Where to go on, with a sentence that says so. */
  next?: { offset: number; hint: string }
}

export const truncation = ({ bytesReturned, bytesTotal, reason, next }: Shown): JsonObject => ({
  truncated: reason !== undefined,
  bytes_returned: bytesReturned,
  ...(bytesTotal === undefined ? {} : { bytes_total: bytesTotal }),
  ...(reason ? { reason } : {}),
  ...(next ? { next_offset: next.offset, resume_hint: next.hint } : {}),
})

/** What a piece of text costs inside JSON. */
export const costOf = (text: string): number => Buffer.byteLength(JSON.stringify(text))

/** The start of a text that is too long: at most so many bytes, never half a character. */
export function headOf(text: string, maxBytes: number): string {
  return new TextDecoder().decode(Buffer.from(text).subarray(0, Math.max(0, maxBytes)), { stream: true })
}

/** The page of a list that begins at `offset`, cut where the result would grow too large. `unit` is the word for one item. */
export function pageOf<T extends JsonObject>(items: readonly T[], offset: number, limit: number, unit: string) {
  const page: T[] = []
  let bytes = 0
  for (const item of items.slice(offset, offset + limit)) {
    bytes += Buffer.byteLength(JSON.stringify(item))
    if (bytes > maxResultBytes && page.length > 0) break
    page.push(item)
  }
  const end = offset + page.length
  const more = end < items.length
  const shown: Shown = {
    bytesReturned: Buffer.byteLength(JSON.stringify(page)),
    ...(more ? { reason: page.length < limit ? 'size_cap' : 'item_cap' } : {}),
    ...(more ? { next: { offset: end, hint: `${items.length - end} more; go on with offset ${end} (counted in ${unit})` } } : {}),
  }
  return { page, truncation: truncation(shown) }
}
