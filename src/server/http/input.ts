// A request's parts → the flat input of its operation: path, query and body by the operation's own description.
import type { FastifyRequest } from 'fastify'
import type { AnyOperation } from '../../contract/operation.ts'
import { Problem } from '../../contract/problem.ts'
import type { Ctx } from '../../resources/context.ts'
import { type Places, placesOf } from '../places.ts'
import { bodyFields } from './body.ts'
import { queryListsOf } from './query-lists.ts'

/** How to read requests of one operation on one of its routes. Path parameters win over query, query over body. */
export function inputReader(operation: AnyOperation<Ctx>, route: string): (request: FastifyRequest) => Record<string, unknown> {
  const places = placesOf(operation, route)
  const lists = queryListsOf(operation)
  return (request) => {
    const carried = { ...(places.hasBody ? bodyFields(operation, request) : {}), ...queryFields(request, places, lists()) }
    for (const key of [...places.elsewhere, ...places.headers.map(([key]) => key)]) delete carried[key]
    return { ...carried, ...headerFields(request, places), ...pathFields(request, places) }
  }
}

function queryFields(request: FastifyRequest, places: Places, lists: ReadonlySet<string>): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  // Fastify's default parser: every value is a string, or a list of them where the key is repeated.
  for (const [key, value] of Object.entries(request.query as Record<string, string | string[]>)) {
    if (!places.isQuery(key)) continue
    const values = [value].flat()
    if (values.some(hasNul)) throw notText(key)
    fields[key] = lists.has(key) ? values : values.at(-1)
  }
  return fields
}

function headerFields(request: FastifyRequest, { headers }: Places): Record<string, unknown> {
  const given = headers.map(([key, header]) => [key, request.headers[header.toLowerCase()]] as const)
  return Object.fromEntries(given.filter(([, value]) => value !== undefined))
}

function pathFields(request: FastifyRequest, { rest }: Places): Record<string, string> {
  const fields: Record<string, string> = {}
  // Fastify's router: every parameter is a decoded string, `*` the rest of the path.
  for (const [name, value] of Object.entries(request.params as Record<string, string>)) {
    if (hasNul(value)) throw notText(name)
    fields[name === '*' ? (rest ?? name) : name] = value
  }
  return fields
}

const hasNul = (text: string): boolean => text.includes('\0')
const notText = (key: string): Problem => new Problem('bad_request', `${key} contains a NUL character`)
