// Arguments for a tool call that its JSON Schema accepts, taken from the user's sentence where it says something that fits.
import type { Json, JsonObject } from '../../contract/json.ts'
import { addressIn, fileIn, numbersIn, placeIn, quotedIn, zoneIn } from './phrases.ts'

interface Sampling {
  said: string
  /** Numbers of the sentence that no argument has taken yet. */
  numbers: number[]
  definitions: JsonObject
}

/** Schemas may refer to themselves. */
const maxDepth = 6

/** Every required argument, and optional ones that the sentence names. */
export function sampleArguments(schema: JsonObject, said: string): JsonObject {
  const definitions = objectAt(schema, '$defs') ?? objectAt(schema, 'definitions') ?? {}
  const value = sample(schema, '', { said, numbers: numbersIn(said), definitions }, 0)
  return isObject(value) ? value : {}
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)
const objectAt = (schema: JsonObject, key: string): JsonObject | undefined => (isObject(schema[key]) ? schema[key] : undefined)
const numberAt = (schema: JsonObject, key: string): number | undefined =>
  typeof schema[key] === 'number' ? schema[key] : undefined

function sample(given: JsonObject, name: string, sampling: Sampling, depth: number): Json {
  const schema = resolved(given, sampling.definitions)
  const fixed = fixedValue(schema)
  if (fixed !== undefined) return fixed
  switch (depth > maxDepth ? 'null' : typeOf(schema)) {
    case 'object':
      return sampleObject(schema, sampling, depth)
    case 'array':
      return sampleArray(schema, name, sampling, depth)
    case 'integer':
      return Math.round(sampleNumber(schema, sampling))
    case 'number':
      return sampleNumber(schema, sampling)
    case 'boolean':
      return true
    case 'string':
      return fitted(schema, stringFor(schema, name, sampling.said))
    default:
      return null
  }
}

/** Follows a reference, merges `allOf`, takes the first choice of `anyOf` and `oneOf` that is not null. */
function resolved(schema: JsonObject, definitions: JsonObject): JsonObject {
  const name = typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined
  const target = name === undefined ? undefined : objectAt(definitions, name)
  if (target) return resolved(target, definitions)
  const all = listAt(schema, 'allOf')
  if (all.length > 0) return Object.assign({}, schema, ...all.map((part) => resolved(part, definitions)), { allOf: null })
  const choices = [...listAt(schema, 'anyOf'), ...listAt(schema, 'oneOf')]
  const choice = choices.find((part) => part.type !== 'null') ?? choices[0]
  return choice ? resolved(choice, definitions) : schema
}

const listAt = (schema: JsonObject, key: string): JsonObject[] => (Array.isArray(schema[key]) ? schema[key].filter(isObject) : [])

/** A value that the schema itself names. */
function fixedValue(schema: JsonObject): Json | undefined {
  if (schema.const !== undefined) return schema.const
  if (schema.default !== undefined) return schema.default
  if (Array.isArray(schema.enum)) return schema.enum[0]
  return Array.isArray(schema.examples) ? schema.examples[0] : undefined
}

function typeOf(schema: JsonObject): string {
  const types = [schema.type ?? []].flat().filter((type) => typeof type === 'string')
  return types.find((type) => type !== 'null') ?? (schema.properties ? 'object' : schema.items ? 'array' : (types[0] ?? 'string'))
}

function sampleObject(schema: JsonObject, sampling: Sampling, depth: number): JsonObject {
  const required = Array.isArray(schema.required) ? schema.required : []
  const properties = Object.entries(objectAt(schema, 'properties') ?? {})
  const wanted = properties.flatMap(([name, value]): [string, Json][] => {
    if (!isObject(value)) return required.includes(name) ? [[name, 'sample']] : []
    if (required.includes(name)) return [[name, sample(value, name, sampling, depth + 1)]]
    const named =
      depth === 0 && typeOf(value) === 'string' && !Array.isArray(value.enum) ? spoken(name, sampling.said) : undefined
    return named === undefined ? [] : [[name, fitted(value, named)]]
  })
  return Object.fromEntries(wanted)
}

function sampleArray(schema: JsonObject, name: string, sampling: Sampling, depth: number): Json[] {
  const items = objectAt(schema, 'items') ?? { type: 'string' }
  const count = Math.max(1, numberAt(schema, 'minItems') ?? 1)
  return Array.from({ length: count }, () => sample(items, name, sampling, depth + 1))
}

function sampleNumber(schema: JsonObject, { numbers }: Sampling): number {
  const step = numberAt(schema, 'multipleOf') ?? 1
  const least = numberAt(schema, 'minimum') ?? (numberAt(schema, 'exclusiveMinimum') ?? Number.NEGATIVE_INFINITY) + step
  const most = numberAt(schema, 'maximum') ?? (numberAt(schema, 'exclusiveMaximum') ?? Number.POSITIVE_INFINITY) - step
  return Math.min(most, Math.max(least, numbers.shift() ?? 1))
}

/** What the sentence says about an argument of this name. */
function spoken(name: string, said: string): string | undefined {
  if (/time_?zone|^tz$/i.test(name)) return zoneIn(said)
  if (/city|location|place|address/i.test(name)) return placeIn(said)
  if (/url|uri|link/i.test(name)) return addressIn(said)
  if (/path|file/i.test(name)) return fileIn(said)
  return undefined
}

/** Stand-ins by what an argument's name or format is about; the first that matches. */
const standIns: readonly [RegExp, string | ((said: string) => string | undefined)][] = [
  [/date-time/, '2026-01-01T00:00:00Z'],
  [/^date$/, '2026-01-01'],
  [/^time$/, '12:00:00'],
  [/email/, 'someone@example.com'],
  [/uuid/, '00000000-0000-4000-8000-000000000000'],
  [/url|uri|link/, 'https://example.com'],
  [/time_?zone|^tz$/, 'UTC'],
  [/city|location|place|address/, 'San Francisco'],
  [/directory|folder/, '/'],
  [/path|file/, '/notes.md'],
  [/content|body|text|message|title|note|value/, (said) => quotedIn(said) ?? 'Hello from the simulator.'],
  [/query|question|prompt|search|pattern|task/, (said) => quotedIn(said) ?? (said || 'everything')],
  [/command|script/, 'echo hello'],
  [/key|name|id/, 'sample'],
]

function stringFor(schema: JsonObject, name: string, said: string): string {
  const heard = spoken(name, said)
  if (heard !== undefined) return heard
  const about = [typeof schema.format === 'string' ? schema.format : '', name.toLowerCase()].filter(Boolean)
  for (const word of about) {
    const standIn = standIns.find(([pattern]) => pattern.test(word))?.[1]
    const text = typeof standIn === 'function' ? standIn(said) : standIn
    if (text !== undefined) return text
  }
  return quotedIn(said) ?? 'sample'
}

function fitted(schema: JsonObject, text: string): string {
  const padded = text.padEnd(numberAt(schema, 'minLength') ?? 0, '.')
  return padded.slice(0, numberAt(schema, 'maxLength') ?? padded.length)
}
