// The addresses beside the operations: health, readiness, the API's document and its reader, and a first page.
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { AnyOperation } from '../../contract/operation.ts'
import { Problem } from '../../contract/problem.ts'
import type { Ctx } from '../../resources/context.ts'
import { openApiDocument } from '../openapi.ts'
import { firstPage } from './first-page.ts'
import type { HttpSettings } from './settings.ts'
import { addSwaggerUi } from './swagger-ui.ts'

interface Pages {
  settings: HttpSettings
  operations: readonly AnyOperation<Ctx>[]
  ready(): Promise<void>
  metrics?(): Promise<string>
}

export function addPages(app: FastifyInstance, { settings, operations, ready, metrics }: Pages): void {
  const { version, authMode: auth_mode } = settings
  app.route({ method: ['GET', 'HEAD'], url: '/health', handler: async () => ({ status: 'ok', version, auth_mode }) })
  app.get('/ready', async () => {
    await ready().catch((cause) => {
      throw new Problem('unavailable', 'The database is not ready', { cause, retryAfterSeconds: 1 })
    })
    return { status: 'ready' }
  })
  if (metrics) app.get('/metrics', async (_request, reply) => reply.type('text/plain; version=0.0.4').send(await metrics()))
  let document: string | undefined
  app.get('/api-doc/openapi.json', async (_request, reply) => {
    document ??= JSON.stringify(openApiDocument(operations))
    return reply.type('application/json; charset=utf-8').send(document)
  })
  addSwaggerUi(app)
  app.get('/', async (_request, reply) => sendHtml(reply, firstPage(version)))
}

const sendHtml = (reply: FastifyReply, html: string): FastifyReply => reply.type('text/html; charset=utf-8').send(html)
