// A model's arguments against a tool's schema. What does not fit is explained to the model, which can mend it.
import type { z } from 'zod'
import type { BoundTool } from '../../turn/runtime-agent.ts'

/** `args` is what the tool's schema made of them; `problem` a sentence for the model. */
export type ReadArguments = { args: unknown; narration?: string } | { problem: string }

export function readArguments({ name, tool }: BoundTool, given: unknown): ReadArguments {
  // A driver leaves what is not JSON as the text it was.
  if (typeof given === 'string') return { problem: `The arguments of ${name} are not valid JSON.` }
  const parsed = tool.args.safeParse(given ?? {})
  if (!parsed.success) return { problem: `The arguments of ${name} do not fit: ${sentences(parsed.error)}` }
  const narration = narrated(() => tool.narrate?.(parsed.data))
  return { args: parsed.data, ...(narration ? { narration } : {}) }
}

const sentences = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)).join('; ')

/** A narration only decorates: one that fails is left out. */
function narrated(narrate: () => string | undefined): string | undefined {
  try {
    return narrate()
  } catch {
    return undefined
  }
}
