// How refusals look in the document: one schema, one response per status.
import { problemKinds } from '../../contract/problem.ts'
import type { JsonSchema } from './tidy.ts'

/** RFC 9457, with the `error` object that two of the SDKs read. */
export const errorResponse: JsonSchema = {
  type: 'object',
  properties: {
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    type: { type: 'string' },
    instance: { type: 'string' },
    request_id: { type: 'string' },
    allowed_actions: { type: 'array', items: { $ref: '#/components/schemas/AllowedAction' } },
    retry_after_seconds: { type: 'integer', minimum: 0 },
    error: {
      type: 'object',
      properties: { code: { type: 'string' }, message: { type: 'string' } },
      required: ['code', 'message'],
    },
  },
  required: ['title', 'status', 'error'],
}

const statuses = [...new Set(Object.values(problemKinds).map((kind) => kind.status))].sort((a, b) => a - b)
const titleOf = (status: number): string => Object.values(problemKinds).find((kind) => kind.status === status)?.title ?? ''
const nameOf = (status: number): string => titleOf(status).replaceAll(' ', '')

/** `components.responses`: `BadRequest`, `NotFound`, … */
export const refusals = Object.fromEntries(
  statuses.map((status) => [
    nameOf(status),
    {
      description: titleOf(status),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/ErrorResponse' } } },
    },
  ]),
)

/** `responses` of an operation for these statuses. */
export const refusalsOf = (of: readonly number[]): Record<string, { $ref: string }> =>
  Object.fromEntries(of.map((status) => [String(status), { $ref: `#/components/responses/${nameOf(status)}` }]))
