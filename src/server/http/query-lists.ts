// Which query keys are lists: `types=a&types=b` is one, and so is `types=a` alone.
import { z } from 'zod'
import type { AnyOperation } from '../../contract/operation.ts'
import type { Ctx } from '../../resources/context.ts'

/** Found in the operation's schema when it is first asked for. */
export function queryListsOf(operation: AnyOperation<Ctx>): () => ReadonlySet<string> {
  let lists: ReadonlySet<string> | undefined
  return () => {
    lists ??= new Set(listKeys(z.toJSONSchema(operation.input, { io: 'input', unrepresentable: 'any' })))
    return lists
  }
}

type Schema = z.core.JSONSchema.BaseSchema

const listKeys = (schema: Schema): string[] =>
  Object.entries(schema.properties ?? {}).flatMap(([key, value]) => (typeof value === 'object' && isList(value) ? [key] : []))

const isList = (schema: Schema): boolean =>
  schema.type === 'array' ||
  [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].some((option) => typeof option === 'object' && isList(option))
