// A tool's result → the text a model reads, and the images it brought along.
import type { LanguageModelV3ToolResultPart } from '@ai-sdk/provider'
import { z } from 'zod'
import { type ContentPart, contentPart } from '../../contract/content.ts'

type ResultPart = Extract<ContentPart, { type: 'tool_result' }>
type ImagePart = Extract<ContentPart, { type: 'image' }>

const parts = z.array(contentPart).nonempty()

/** Text stays text, content parts give their text and images, anything else is written as JSON. */
export function resultOf(part: ResultPart): { output: LanguageModelV3ToolResultPart['output']; images: ImagePart[] } {
  const content = parts.safeParse(part.result).data
  const images = content?.filter((item) => item.type === 'image') ?? []
  const text = content ? textWith(content, images.length) : plainText(part.result)
  if (part.error === undefined) return { output: { type: 'text', value: text }, images }
  return { output: { type: 'error-text', value: [`Error: ${part.error}`, text].filter(Boolean).join('\n') }, images }
}

function textWith(content: ContentPart[], images: number): string {
  const texts = content.flatMap((item) => (item.type === 'text' ? [item.text] : []))
  return [...texts, ...(images > 0 ? [`[${images === 1 ? 'an image follows' : `${images} images follow`}]`] : [])].join('\n')
}

const plainText = (result: unknown): string =>
  typeof result === 'string' ? result : result === undefined ? '' : JSON.stringify(result)
