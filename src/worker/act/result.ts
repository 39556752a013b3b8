// A tool's value as content parts, cut to what a model can be given.
import { ToolParts } from '../../contract/capability.ts'
import type { ContentPart } from '../../contract/content.ts'

const limitBytes = 64 * 1024
const advice = `\n[The result was cut at ${limitBytes / 1024} KiB. Ask for less: a smaller range, a filter, or the next page.]`

/** A string is its text, everything else its JSON; parts stay parts. Texts are at most 64 KiB together; images do not count. */
export function resultParts(value: unknown): ContentPart[] {
  if (!(value instanceof ToolParts))
    return [{ type: 'text', text: capped(typeof value === 'string' ? value : JSON.stringify(value ?? null)) }]
  let left = limitBytes
  return value.parts.map((part) => {
    if (part.type !== 'text') return part
    const text = capped(part.text, left)
    left = Math.max(0, left - Buffer.byteLength(part.text))
    return { ...part, text }
  })
}

/** The head that fits, cut between characters, and a word on what to do about it. */
export function capped(text: string, limit = limitBytes): string {
  if (Buffer.byteLength(text) <= limit) return text
  const bytes = Buffer.from(text)
  let end = Math.max(0, limit - Buffer.byteLength(advice))
  // A byte 10xxxxxx continues a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.toString('utf8', 0, end) + advice
}
