// zod schemas as JSON Schema; what has a name (`.meta({ id })`) becomes a component, once.
import { z } from 'zod'
import { type JsonSchema, tidy } from './tidy.ts'

type Direction = 'input' | 'output'

export class Components {
  private readonly named = new Map<string, Partial<Record<Direction, JsonSchema>>>()

  /** The schema, in which every named part is a reference. */
  schemaOf(schema: z.ZodType, direction: Direction): JsonSchema {
    const { $defs = {}, ...root } = convert(schema, direction)
    for (const [name, shape] of Object.entries($defs)) this.add(name, direction, shape)
    return root
  }

  /** A schema of an object, not behind a reference even if it has a name. */
  objectOf(schema: z.ZodType, direction: Direction): { name: string | undefined; object: JsonSchema } {
    const root = convert(schema, direction)
    const name = root.$ref?.split('/').at(-1)
    const { $defs = {}, ...rest } = root
    for (const [part, shape] of Object.entries($defs)) if (part !== name) this.add(part, direction, shape)
    return { name, object: (name && $defs[name]) || rest }
  }

  /** Throws when the name already stands for something else. */
  add(name: string, direction: Direction, shape: JsonSchema): void {
    const known = this.named.get(name) ?? {}
    const before = known[direction]
    if (before && JSON.stringify(before) !== JSON.stringify(shape)) throw new Error(`Two different schemas are named ${name}`)
    this.named.set(name, { ...known, [direction]: shape })
  }

  /** One shape per name. What goes both ways is shown as it may come in: there, fields with a default are not required. */
  all(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.named].map(([name, { input, output }]) => [name, input ?? output ?? {}]))
  }
}

function convert(schema: z.ZodType, direction: Direction): JsonSchema {
  const converted = z.toJSONSchema(schema, {
    io: direction,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod
      if (def.type === 'union' && 'discriminator' in def) jsonSchema.discriminator = { propertyName: def.discriminator }
    },
  })
  // zod's own type of a JSON Schema is wider (it allows `true` for a schema, which it never makes here).
  return tidy(converted as JsonSchema)
}
