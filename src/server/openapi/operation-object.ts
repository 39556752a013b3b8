// One operation as its OpenAPI object: parameters, body, answers, permission.
import type { AnyOperation } from '../../contract/operation.ts'
import type { Ctx } from '../../resources/context.ts'
import { type Places, placesOf } from '../places.ts'
import type { Components } from './components.ts'
import { refusalsOf } from './refusals.ts'
import type { JsonSchema } from './tidy.ts'

/** For one of the operation's routes. Named parts go into `components`. */
export function operationObject(operation: AnyOperation<Ctx>, route: string, operationId: string, components: Components) {
  const places = placesOf(operation, route)
  const { name, object } = components.objectOf(operation.input, 'input')
  const carried = Object.entries(object.properties ?? {}).filter(
    ([key]) => !places.path.includes(key) && !places.elsewhere.has(key),
  )
  const inHeaders = places.headers.filter(([, header]) => !ownHeaders.has(header.toLowerCase()))
  const required = new Set(object.required ?? [])
  const inQuery = carried.filter(([key]) => places.isQuery(key))
  const inBody = carried.filter(([key]) => !places.isQuery(key) && !(key in (operation.headers ?? {})))
  const parameters = [
    ...places.path.map((key) => parameter(key, 'path', object.properties?.[key] ?? { type: 'string' }, true)),
    ...inQuery.map(([key, schema]) => parameter(key, 'query', schema, required.has(key))),
    ...inHeaders.map(([key, header]) => parameter(header, 'header', object.properties?.[key] ?? { type: 'string' }, false)),
  ]
  return {
    tags: [operation.tag],
    operationId,
    summary: operation.summary,
    'x-permission': operation.needs,
    'x-class': operation.class,
    ...(operation.needs === 'public' ? { security: [] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(places.hasBody ? bodyOf(operation, name, inBody, required, components) : {}),
    responses: { ...success(operation, components), ...refusalsOf(refusalStatuses(operation, places)) },
  }
}

/** Headers that OpenAPI describes by other means. */
const ownHeaders = new Set(['accept', 'content-type', 'authorization'])

const parameter = (name: string, place: 'path' | 'query' | 'header', schema: JsonSchema, required: boolean) => ({
  name,
  in: place,
  required,
  schema,
  ...(schema.type === 'array' ? { style: 'form', explode: true } : {}),
})

function bodyOf(
  operation: AnyOperation<Ctx>,
  name: string | undefined,
  fields: [string, JsonSchema][],
  required: ReadonlySet<string>,
  components: Components,
): Record<string, unknown> {
  if (operation.body === 'text') return { requestBody: { content: { 'text/plain': { schema: { type: 'string' } } } } }
  const needed = fields.flatMap(([key]) => (required.has(key) ? [key] : []))
  const shape: JsonSchema = {
    type: 'object',
    properties: Object.fromEntries(fields),
    ...(needed.length > 0 ? { required: needed } : {}),
  }
  if (name) components.add(name, 'input', shape)
  const schema = name ? { $ref: `#/components/schemas/${name}` } : shape
  const example = operation.example && bodyExample(operation.example.input, fields)
  const content = { 'application/json': { schema, ...(example ? { example } : {}) } }
  return { requestBody: { required: needed.length > 0, content } }
}

function bodyExample(input: Record<string, unknown>, fields: [string, JsonSchema][]): Record<string, unknown> | undefined {
  const given = fields.flatMap(([key]) => (key in input ? [[key, input[key]] as const] : []))
  return given.length > 0 ? Object.fromEntries(given) : undefined
}

function success(operation: AnyOperation<Ctx>, components: Components): Record<string, unknown> {
  const { status = 200, produces = 'application/json' } = operation
  if (status === 204) return { '204': { description: 'Done' } }
  return {
    [String(status)]: {
      description: operation.summary,
      content: { [produces]: { schema: components.schemaOf(operation.output, 'output') } },
    },
  }
}

function refusalStatuses(operation: AnyOperation<Ctx>, { path, hasBody }: Places): number[] {
  const statuses = [400, 401, 403]
  if (path.length > 0) statuses.push(404)
  if (operation.class === 'write') statuses.push(409)
  if (hasBody) statuses.push(413, 415)
  return [...statuses, 429, 500, 503]
}
