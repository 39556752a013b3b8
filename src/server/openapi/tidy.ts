// JSON Schema as zod makes it → as the document shows it.

export interface JsonSchema {
  $ref?: string
  $defs?: Record<string, JsonSchema>
  type?: string | string[]
  properties?: Record<string, JsonSchema>
  required?: string[]
  oneOf?: JsonSchema[]
  discriminator?: { propertyName: string; mapping?: Record<string, string> }
  [keyword: string]: unknown
}

const noise = new Set(['$schema', 'id'])

/** References point into `components`; what says nothing is left out. */
export function tidy(schema: JsonSchema): JsonSchema {
  const tidied = walk(schema) as JsonSchema // an object stays one
  for (const part of Object.values(tidied.$defs ?? {})) addMapping(part, tidied.$defs ?? {})
  addMapping(tidied, tidied.$defs ?? {})
  return tidied
}

function walk(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(walk)
  if (typeof value !== 'object' || value === null) return value
  const schema = value as JsonSchema // every object in a JSON Schema has string keys
  const isDateTime = schema.format === 'date-time'
  const kept = Object.entries(schema).filter(([keyword, item]) => !saysNothing(keyword, item, isDateTime))
  return Object.fromEntries(
    kept.map(([keyword, item]) => [keyword, keyword === '$ref' ? componentRef(String(item)) : walkInside(keyword, item)]),
  )
}

/** Names of properties are not keywords. */
function walkInside(keyword: string, item: unknown): unknown {
  if ((keyword !== 'properties' && keyword !== '$defs') || typeof item !== 'object' || item === null) return walk(item)
  return Object.fromEntries(Object.entries(item).map(([name, schema]) => [name, walk(schema)]))
}

function saysNothing(keyword: string, item: unknown, isDateTime: boolean): boolean {
  if (noise.has(keyword)) return true
  // Unknown fields are ignored, whatever the schema library says about its own output.
  if (keyword === 'additionalProperties' && item === false) return true
  if (keyword === 'pattern' && isDateTime) return true
  return (keyword === 'maximum' || keyword === 'minimum') && Math.abs(Number(item)) === Number.MAX_SAFE_INTEGER
}

const componentRef = (ref: string): string => ref.replace('#/$defs/', '#/components/schemas/')

/** Where every branch of a tagged union has a name, says which tag means which. */
function addMapping(schema: JsonSchema, named: Record<string, JsonSchema>): void {
  const { discriminator, oneOf = [] } = schema
  if (!discriminator) return
  const entries = oneOf.flatMap(({ $ref }) => {
    const branch = named[$ref?.split('/').at(-1) ?? '']
    const tag = branch?.properties?.[discriminator.propertyName]?.const
    return $ref && typeof tag === 'string' ? [[tag, $ref] as const] : []
  })
  if (entries.length === oneOf.length) discriminator.mapping = Object.fromEntries(entries)
}
