// Answers and refusals as HTTP responses.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Answer, AnyOperation } from '../../contract/operation.ts'
import { type Problem, problemKinds } from '../../contract/problem.ts'
import type { Ctx } from '../../resources/context.ts'
import { problemBody, problemHeaders, problemType } from './problem.ts'

/** Sends what an operation gave: JSON unless it said otherwise, and nothing at all with 204. */
export function sendAnswer(reply: FastifyReply, operation: AnyOperation<Ctx>, answer: Answer<unknown>): FastifyReply {
  const { status = operation.status ?? 200, type = operation.produces, headers = {} } = answer.options
  void reply.code(status).headers(headers)
  if (status === 204) return reply.send()
  if (answer.value instanceof Uint8Array)
    return reply
      .type(type ?? 'application/octet-stream')
      .send(Buffer.from(answer.value.buffer, answer.value.byteOffset, answer.value.byteLength))
  const text = type && !type.includes('json') ? String(answer.value) : JSON.stringify(answer.value ?? null)
  return reply.type(type ?? 'application/json; charset=utf-8').send(text)
}

/** Of a body that is refused unread; what is larger is cut off. */
const drainedMaxBytes = 100 * 1024 * 1024

/** Sends a refusal, for the address as it was asked for. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const [instance = ''] = request.originalUrl.split('?')
  // A client that is still sending would see a broken connection and no answer; Node reads the rest where none is closed.
  const unread = problem.kind === 'payload_too_large' ? Number(request.headers['content-length']) : Number.NaN
  if (unread <= drainedMaxBytes) void reply.removeHeader('connection')
  return reply
    .code(problemKinds[problem.kind].status)
    .headers(problemHeaders(problem))
    .type(problemType)
    .send(Buffer.from(problemBody(problem, instance, request.id))) // for text Fastify would add a charset that JSON has none of
}
