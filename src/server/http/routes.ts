// The operation table as Fastify routes.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AnyOperation } from '../../contract/operation.ts'
import { Problem } from '../../contract/problem.ts'
import type { Ctx } from '../../resources/context.ts'
import { routesOf } from '../places.ts'
import { inputReader } from './input.ts'

export type Serve = (
  operation: AnyOperation<Ctx>,
  input: Record<string, unknown>,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<unknown>

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** Registers every operation on its routes, and a refusal (405) for the methods that a path does not have. */
export function addRoutes(app: FastifyInstance, operations: readonly AnyOperation<Ctx>[], serve: Serve): void {
  const byPath = new Map<string, string[]>()
  for (const operation of operations) {
    for (const route of routesOf(operation)) {
      const [method = '', path = ''] = route.split(' ')
      const url = fastifyPath(path)
      const read = inputReader(operation, route)
      app.route({ method, url, handler: async (request, reply) => serve(operation, read(request), request, reply) })
      byPath.set(url, [...(byPath.get(url) ?? []), method])
    }
  }
  for (const [url, allowed] of byPath) refuseOthers(app, url, allowed)
}

/** `/v1/workspaces/{workspace_id}/fs/{path*}` → `/v1/workspaces/:workspace_id/fs/*`. */
const fastifyPath = (path: string): string => path.replace(/\{\w+\*\}/g, '*').replace(/\{(\w+)\}/g, ':$1')

function refuseOthers(app: FastifyInstance, url: string, allowed: readonly string[]): void {
  const missing = methods.filter((method) => !allowed.includes(method))
  if (missing.length === 0) return
  app.route({
    method: missing,
    url,
    handler: async (_request, reply) => {
      void reply.header('Allow', allowed.join(', '))
      throw new Problem('method_not_allowed', `Only ${allowed.join(', ')} can be used here`)
    },
  })
}
