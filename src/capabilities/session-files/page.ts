// One page of a file for the model: numbered lines, as many as its kind, the caller and the size cap allow.
import type { FileContent } from '../../contract/capability.ts'
import type { JsonObject } from '../../contract/json.ts'
import { shownPath } from '../../contract/paths.ts'
import { contentHash, splitLines } from './content.ts'
import { type Kind, kindOf } from './kinds.ts'
import { nameOf } from './paths.ts'
import { costOf, headOf, type Shown, truncation } from './truncation.ts'

interface Asked {
  /** Lines to skip. */
  offset?: number
  limit?: number
}
type LineKind = Extract<Kind, { reads: 'lines' }>
/** Lines `start` (inclusive) to `end` (exclusive), counted from 0. */
interface Range {
  start: number
  end: number
}

/** The answer of read_file: a page of lines, or what is known about a file that has none. `maxBytes` bounds the content. */
export function filePage(file: FileContent, asked: Asked, maxBytes: number): JsonObject {
  const kind = kindOf(nameOf(file.path), file.encoding)
  const facts = { size_bytes: file.sizeBytes, content_hash: contentHash(file.content, file.encoding) }
  if (kind.reads === 'nothing')
    return { path: shownPath(file.path), media_type: kind.mediaType ?? 'application/octet-stream', ...facts }
  return { path: shownPath(file.path), ...linesOf(file, kind, asked, maxBytes), ...facts }
}

function linesOf(file: FileContent, kind: LineKind, asked: Asked, maxBytes: number): JsonObject {
  const lines = splitLines(file.content)
  const fromEnd = kind.tail === true && asked.offset === undefined
  const wanted = wantedRange(lines.length, kind, asked, fromEnd)
  const header = kind.header && wanted.start > 0 && lines[0] !== undefined ? [`1|${lines[0]}`] : []
  const numbered = lines.slice(wanted.start, wanted.end).map((line, at) => `${wanted.start + at + 1}|${line}`)
  const budget = maxBytes - header.reduce((sum, line) => sum + costOf(line), 0)
  const candidates = fromEnd ? numbered.reverse() : numbered
  const kept = fitting(candidates, budget)
  const sizeCapped = kept.length < candidates.length || kept.at(-1) !== candidates.at(-1)
  const range = fromEnd
    ? { start: wanted.end - kept.length, end: wanted.end }
    : { start: wanted.start, end: wanted.start + kept.length }
  const content = [...header, ...(fromEnd ? kept.toReversed() : kept)].join('\n')
  const shown: Shown = {
    bytesReturned: Buffer.byteLength(content),
    bytesTotal: file.sizeBytes,
    ...whatIsLeft(range, lines.length, fromEnd, sizeCapped),
  }
  return {
    content,
    total_lines: lines.length,
    lines_shown: kept.length === 0 ? { start: 0, end: 0 } : { start: range.start + 1, end: range.end },
    truncated: shown.reason !== undefined,
    ...(kind.contentType ? { content_type: kind.contentType } : {}),
    ...(fromEnd ? { read_mode: 'tail' } : {}),
    truncation: truncation(shown),
  }
}

/** Explicit values win over the kind's. */
function wantedRange(total: number, kind: LineKind, asked: Asked, fromEnd: boolean): Range {
  const limit = asked.limit ?? kind.lines
  if (fromEnd) return { start: Math.max(0, total - limit), end: total }
  const start = Math.min(asked.offset ?? 0, total)
  return { start, end: Math.min(start + limit, total) }
}

/** As many lines as fit; a first line that does not fit alone is cut. */
function fitting(lines: readonly string[], budget: number): string[] {
  const kept: string[] = []
  let used = 0
  for (const line of lines) {
    used += costOf(line)
    if (used > budget) return kept.length > 0 ? kept : [headOf(line, budget)]
    kept.push(line)
  }
  return kept
}

function whatIsLeft({ start, end }: Range, total: number, fromEnd: boolean, sizeCapped: boolean): Pick<Shown, 'reason' | 'next'> {
  const reason = sizeCapped ? 'size_cap' : 'line_cap'
  if (fromEnd && start > 0) {
    const offset = Math.max(0, start - (end - start))
    return {
      reason,
      next: { offset, hint: `Lines 1 to ${start} come before; read them with offset and limit, e.g. offset ${offset}` },
    }
  }
  if (!fromEnd && end < total)
    return { reason, next: { offset: end, hint: `${total - end} more lines; go on with offset ${end}` } }
  return sizeCapped ? { reason } : {}
}
