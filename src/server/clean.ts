// Whatever comes from outside, made fit for the database and bounded, in one walk: NUL and lone surrogates in strings,
// nesting, list sizes, and names that would reach an object's prototype.
import { toStorableText } from '../contract/json.ts'
import { overLimit } from '../contract/problem.ts'

const maxDepth = 64
const maxItems = 10_000

/**
 * The same value with storable strings; objects and lists are changed in place. Answers with the fixed size Problem (400)
 * beyond 64 levels or 10,000 items of one list or object.
 */
export function clean<T>(value: T): T {
  return walk(value, 0) as T // walk gives back the kind of value it was given
}

function walk(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0') ? value : toStorableText(value)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  if (depth >= maxDepth) throw overLimit()
  return Array.isArray(value) ? walkList(value, depth) : walkObject(value as Record<string, unknown>, depth)
}

function walkList(list: unknown[], depth: number): unknown[] {
  if (list.length > maxItems) throw overLimit()
  for (const [index, item] of list.entries()) {
    const cleaned = walk(item, depth + 1)
    if (cleaned !== item) list[index] = cleaned
  }
  return list
}

function walkObject(object: Record<string, unknown>, depth: number): Record<string, unknown> {
  const keys = Object.keys(object)
  if (keys.length > maxItems) throw overLimit()
  for (const key of keys) {
    const cleanKey = toStorableText(key)
    const item = object[key]
    const cleaned = walk(item, depth + 1)
    if (key === '__proto__' || cleanKey !== key) delete object[key]
    if (key !== '__proto__' && (cleaned !== item || cleanKey !== key)) object[cleanKey] = cleaned
  }
  return object
}
