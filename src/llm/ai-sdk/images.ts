// Images of messages → file parts of the vendor libraries.
import type { LanguageModelV3FilePart, LanguageModelV3TextPart } from '@ai-sdk/provider'
import type { ContentPart } from '../../contract/content.ts'

type ImagePart = Extract<ContentPart, { type: 'image' | 'image_file' }>

/** Starts of base64 text by kind of image, for uploads that do not name theirs. */
const signatures: readonly [start: string, mediaType: string][] = [
  ['iVBOR', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lG', 'image/gif'],
  ['UklG', 'image/webp'],
]

/** The picture itself where there is one, else words in its place: a model must not be told less than the user sees. */
export function imageOf(part: ImagePart): LanguageModelV3FilePart | LanguageModelV3TextPart {
  if (part.type === 'image_file') return { type: 'text', text: `[image ${part.filename ?? part.image_id}]` }
  if (part.base64) return { type: 'file', data: part.base64, mediaType: part.media_type ?? sniffed(part.base64) }
  const url = URL.canParse(part.url ?? '') ? new URL(part.url ?? '') : null
  return url
    ? { type: 'file', data: url, mediaType: part.media_type ?? 'image/*' }
    : { type: 'text', text: '[image without an address]' }
}

const sniffed = (base64: string): string => signatures.find(([start]) => base64.startsWith(start))?.[1] ?? 'image/png'
