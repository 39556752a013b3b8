// Ids at the door: wire form in, UUID inside. Agents and harnesses are also called by their names.
import { z } from 'zod'
import { fromWire, type IdKind, idPrefixes, type Uuid } from '../../contract/ids.ts'
import { Problem } from '../../contract/problem.ts'
import { isSlug } from './slug.ts'

/** `agent_<32 hex>` → UUID; anything else is refused (400). */
export const wireId = (kind: IdKind) =>
  z.string().transform((text, context): Uuid => {
    const id = fromWire(kind, text)
    if (id) return id
    context.addIssue({ code: 'custom', message: `must be ${idPrefixes[kind]}_ and 32 lowercase hex digits`, input: text })
    return z.NEVER
  })

export type NameOrId = { name: string } | { id: Uuid }

/** What a path parameter of an agent or a harness means. Names have no underscore, so no text is both. Problem `bad_request` if neither. */
export function nameOrId(kind: IdKind, text: string): NameOrId {
  if (isSlug(text)) return { name: text }
  const id = fromWire(kind, text)
  if (id) return { id }
  throw new Problem(
    'bad_request',
    `${idPrefixes[kind]} must be given as its name or as ${idPrefixes[kind]}_ and 32 lowercase hex digits`,
  )
}
