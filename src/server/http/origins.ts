// Which web pages may call us: the UI's own, and those that the settings name.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../contract/problem.ts'
import type { HttpSettings } from './settings.ts'

type OriginSettings = Pick<HttpSettings, 'corsAllowedOrigins' | 'publicAppUrl'>

/**
 * Answers preflights (true = answered) and marks answers to allowed origins as readable. A page of a foreign site is refused
 * before anything happens: without a login the browser on this machine would be let in by its address alone.
 */
export function originGuard(settings: OriginSettings): (request: FastifyRequest, reply: FastifyReply) => boolean {
  const allowed = new Set([...settings.corsAllowedOrigins, originOf(settings.publicAppUrl)])
  return (request, reply) => {
    const { origin } = request.headers
    if (origin === undefined) return false
    if (allowed.has(origin) || allowed.has('*')) allow(reply, origin)
    else if (request.headers['sec-fetch-site'] === 'cross-site') throw new Problem('forbidden', 'This origin is not allowed')
    if (request.method !== 'OPTIONS') return false
    void reply.code(204).send()
    return true
  }
}

function allow(reply: FastifyReply, origin: string): void {
  void reply.headers({
    Vary: 'Origin',
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Allow-Methods': 'GET, POST, PUT, PATCH, DELETE',
    'Access-Control-Allow-Headers':
      'Authorization, Content-Type, X-Org-Id, X-Request-Id, Idempotency-Key, Last-Event-ID, Cache-Control',
    'Access-Control-Expose-Headers': 'X-Request-Id, X-Total-Count, Retry-After',
    'Access-Control-Max-Age': '600',
  })
}

function originOf(url: string): string {
  try {
    return new URL(url).origin
  } catch {
    return url
  }
}
