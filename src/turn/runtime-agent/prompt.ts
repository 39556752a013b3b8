// The system prompt's layout: one tagged part per capability in position order, then the layers' own prompts.
import type { PromptContext } from '../../contract/capability.ts'
import type { AttachedCapability } from './attach.ts'

/** What a capability adds to the prompt under this config and context; null for nothing. */
export function promptOf(
  { capability, config }: Pick<AttachedCapability, 'capability' | 'config'>,
  context: Omit<PromptContext, 'config'>,
): string | null {
  const { prompt } = capability
  const text = typeof prompt === 'function' ? prompt({ config, ...context }) : prompt
  return text?.trim() || null
}

/**
 * `<capability id="…">` parts, then the base prompt. The base is tagged only where there is something to tell it from.
 */
export function layoutPrompt(
  active: readonly AttachedCapability[],
  systemPrompts: readonly string[],
  context: Omit<PromptContext, 'config'>,
): string {
  const parts = active.flatMap((attached) => {
    const text = promptOf(attached, context)
    return text ? [`<capability id="${attached.capability.id}">\n${text}\n</capability>`] : []
  })
  const base = systemPrompts.join('\n\n')
  if (parts.length === 0) return base
  return [...parts, ...(base ? [`<system-prompt>\n${base}\n</system-prompt>`] : [])].join('\n\n')
}
