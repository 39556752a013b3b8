// Bodies: what may be sent, and what counts as none. SDKs label every request as JSON, with an empty body, `{}` or `null`.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { AnyOperation } from '../../contract/operation.ts'
import { Problem } from '../../contract/problem.ts'
import type { Ctx } from '../../resources/context.ts'

export const maxBodyBytes = 10 * 1024 * 1024

/** Bodies of any type arrive as bytes; what they mean is the operation's business. */
export function takeBodiesAsBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
}

/** The input fields in a body. Problems: `bad_request`, `unsupported_media_type`. */
export function bodyFields(operation: AnyOperation<Ctx>, request: FastifyRequest): Record<string, unknown> {
  // The parser above gives bytes; Fastify calls none for a request without a body.
  const bytes = request.body as Buffer | undefined
  if (request.headers['content-encoding'] && request.headers['content-encoding'] !== 'identity') {
    throw new Problem('unsupported_media_type', 'Compressed bodies are not accepted')
  }
  if (operation.body === 'text') return { text: bytes ? textOf(bytes) : '' }
  if (!bytes || bytes.length === 0) return {}
  refuseOtherThanJson(request.headers['content-type'])
  return jsonFields(textOf(bytes))
}

function jsonFields(text: string): Record<string, unknown> {
  const value = parseJson(text)
  if (value === null) return {}
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown> // what is left is an object
  throw new Problem('bad_request', 'The body must be a JSON object')
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return null
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Problem('bad_request', 'The body is not valid JSON', { cause })
  }
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new Problem('bad_request', 'The body is not valid UTF-8', { cause })
  }
}

/** A form or a plain text can be sent across origins by any web page; JSON cannot. */
function refuseOtherThanJson(contentType: string | undefined): void {
  const type = contentType?.split(';')[0]?.trim().toLowerCase()
  if (!type || type === 'application/json' || type.endsWith('+json')) return
  throw new Problem('unsupported_media_type', 'Send the body as JSON, with Content-Type: application/json')
}
