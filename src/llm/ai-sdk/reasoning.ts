// Reasoning items: opaque state of a provider that must travel with the message it led to and come back unchanged.
import type { LanguageModelV3ReasoningPart, LanguageModelV3StreamPart } from '@ai-sdk/provider'
import { z } from 'zod'
import type { Json } from '../../contract/json.ts'
import type { Message } from '../../contract/message.ts'

/** `provider` is the driver and `model` the model it came from: no other one can read it. */
const reasoningItem = z.object({
  type: z.literal('reasoning'),
  provider: z.string(),
  model: z.string(),
  id: z.string(),
  summary: z.array(z.string()),
  encrypted_content: z.string(),
})
type ReasoningItem = z.infer<typeof reasoningItem>

type Origin = Pick<ReasoningItem, 'provider' | 'model'>
type Metadata = Extract<LanguageModelV3StreamPart, { type: 'reasoning-end' }>['providerMetadata']

/** Gathers the parts of the reasoning items of one answer. */
export class ReasoningItems {
  readonly #origin: Origin
  readonly #items = new Map<string, { summary: string[]; encrypted: string | null }>()

  constructor(origin: Origin) {
    this.#origin = origin
  }

  /** Begins a part of an item; true when the reader should see a paragraph break before it. */
  begin(metadata: Metadata): boolean {
    const item = this.#itemOf(metadata)
    const follows = [...this.#items.values()].some(({ summary }) => summary.some((text) => text !== ''))
    item?.summary.push('')
    return follows
  }

  add(metadata: Metadata, delta: string): void {
    const item = this.#itemOf(metadata)
    if (item) item.summary.push((item.summary.pop() ?? '') + delta)
  }

  end(metadata: Metadata): void {
    const item = this.#itemOf(metadata)
    const encrypted = metadata?.openai?.reasoningEncryptedContent
    if (item && typeof encrypted === 'string') item.encrypted = encrypted
  }

  /** The complete items in order. One without encrypted content is left out: without it nothing can be sent back. */
  all(): Json[] {
    return [...this.#items].flatMap(([id, { summary, encrypted }]) =>
      encrypted === null
        ? []
        : [
            {
              type: 'reasoning',
              ...this.#origin,
              id,
              summary: summary.filter(Boolean),
              encrypted_content: encrypted,
            } satisfies ReasoningItem,
          ],
    )
  }

  #itemOf(metadata: Metadata) {
    const id = metadata?.openai?.itemId
    if (typeof id !== 'string') return null
    const item = this.#items.get(id) ?? { summary: [], encrypted: null }
    this.#items.set(id, item)
    return item
  }
}

/** The message's items that this provider and model can read again, as prompt parts. */
export function reasoningParts(message: Message, origin: Origin): LanguageModelV3ReasoningPart[] {
  return (message.reasoning ?? []).flatMap((value) => {
    const item = reasoningItem.safeParse(value).data
    return item && item.provider === origin.provider && item.model === origin.model ? partsOf(item) : []
  })
}

function partsOf({ id, summary, encrypted_content }: ReasoningItem): LanguageModelV3ReasoningPart[] {
  const providerOptions = { openai: { itemId: id, reasoningEncryptedContent: encrypted_content } }
  const texts = summary.length > 0 ? summary : ['']
  return texts.map((text) => ({ type: 'reasoning', text, providerOptions }))
}
