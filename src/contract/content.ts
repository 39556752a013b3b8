// What a message is made of. Wire shapes (snake_case), the same at rest.
import { z } from 'zod'

export const textPart = z.object({ type: z.literal('text'), text: z.string() })
export const imagePart = z.object({
  type: z.literal('image'),
  url: z.string().optional(),
  base64: z.string().optional(),
  media_type: z.string().optional(),
})
export const imageFilePart = z.object({ type: z.literal('image_file'), image_id: z.string(), filename: z.string().optional() })
export const toolCallPart = z.object({ type: z.literal('tool_call'), id: z.string(), name: z.string(), arguments: z.any() })
export const toolResultPart = z.object({
  type: z.literal('tool_result'),
  tool_call_id: z.string(),
  result: z.any().optional(),
  error: z.string().optional(),
})

export const inputContentPart = z
  .discriminatedUnion('type', [textPart, imagePart, imageFilePart])
  .meta({ id: 'InputContentPart' })
export const contentPart = z
  .discriminatedUnion('type', [textPart, imagePart, imageFilePart, toolCallPart, toolResultPart])
  .meta({ id: 'ContentPart' })

export type ContentPart = z.infer<typeof contentPart>
export type ToolCall = { id: string; name: string; arguments: unknown }

/** The text of a message's parts, joined. */
export const textOf = (content: readonly ContentPart[]): string =>
  content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('')
