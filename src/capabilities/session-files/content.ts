// A file's content: its bytes' hash, its lines, and what a file cannot hold.
import { createHash } from 'node:crypto'
import { ToolError } from '../../contract/capability.ts'

type Encoding = 'text' | 'base64'

const maxFileBytes = 10_000_000

/** `sha256:<hex>` of the bytes as they are stored. */
export function contentHash(content: string, encoding: Encoding): string {
  return `sha256:${createHash('sha256').update(bytesOf(content, encoding)).digest('hex')}`
}

/** Refuses what a file cannot hold: wrong base64, NUL in text, too many bytes. */
export function refuseUnstorable(content: string, encoding: Encoding): void {
  if (encoding === 'base64' && !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(content))
    throw new ToolError('The content is not valid base64')
  if (encoding === 'text' && content.includes('\0'))
    throw new ToolError('Text cannot hold NUL characters; write the file as base64')
  if (Buffer.byteLength(content, encoding === 'text' ? 'utf8' : 'base64') > maxFileBytes)
    throw new ToolError(`The content is larger than ${maxFileBytes / 1_000_000} MB`)
}

/** The lines of a text without their ends; a newline at the end begins no further line. */
export function splitLines(text: string): string[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

const bytesOf = (content: string, encoding: Encoding): Buffer => Buffer.from(content, encoding === 'text' ? 'utf8' : 'base64')
