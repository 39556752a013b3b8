// The API's document (OpenAPI 3.1), read off the operation table. The same table gives the same text, key by key.
import type { AnyOperation } from '../contract/operation.ts'
import type { Ctx } from '../resources/context.ts'
import { Components } from './openapi/components.ts'
import { operationObject } from './openapi/operation-object.ts'
import { errorResponse, refusals } from './openapi/refusals.ts'
import { sorted } from './openapi/sorted.ts'
import { routesOf } from './places.ts'

/** `/v1/…/{path*}` is `{path}` in documents. */
const documentPath = (path: string): string => path.replace(/\{(\w+)\*\}/g, '{$1}')

/**
 * The document of every operation that HTTP serves. An alias is an operation of its own, named `<operation>_alias`.
 * Throws when two different shapes have the same component name.
 */
export function openApiDocument(operations: readonly AnyOperation<Ctx>[]): Record<string, unknown> {
  const components = new Components()
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of operations) {
    for (const [index, route] of routesOf(operation).entries()) {
      const [method = '', path = ''] = route.split(' ')
      const item = paths[documentPath(path)] ?? {}
      paths[documentPath(path)] = item
      item[method.toLowerCase()] = operationObject(operation, route, aliasName(operation.name, index), components)
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Everruns', version: 'v1', description: 'Durable AI agents: agents, sessions, messages, events.' },
    servers: [{ url: '/api' }, { url: '/' }],
    security: [{ bearerAuth: [] }, { cookieAuth: [] }, {}],
    tags: tagsOf(operations),
    paths: sorted(paths),
    components: {
      schemas: sorted({ ...components.all(), ErrorResponse: errorResponse }),
      responses: refusals,
      securitySchemes: {
        bearerAuth: { type: 'http', scheme: 'bearer' },
        cookieAuth: { type: 'apiKey', in: 'cookie', name: 'access_token' },
      },
    },
  }
}

const aliasName = (name: string, index: number): string => (index === 0 ? name : `${name}_alias${index === 1 ? '' : index}`)

const tagsOf = (operations: readonly AnyOperation<Ctx>[]): { name: string }[] =>
  [...new Set(operations.filter((operation) => routesOf(operation).length > 0).map((operation) => operation.tag))]
    .sort()
    .map((name) => ({ name }))
