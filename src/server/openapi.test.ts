import { expect, test } from 'vitest'
import { z } from 'zod'
import { operation } from '../resources/context.ts'
import { openApiDocument } from './openapi.ts'

const shape = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('round'), radius: z.number().default(1) }).meta({ id: 'Round' }),
  z.object({ kind: z.literal('square'), side: z.number() }).meta({ id: 'Square' }),
])
const thing = z.object({ id: z.string(), at: z.iso.datetime(), shape: shape.meta({ id: 'Shape' }) }).meta({ id: 'Thing' })
const common = { tag: 'things', needs: 'things.manage', run: async () => ({}) as never } as const
const create = operation({
  ...common,
  name: 'create_thing',
  route: 'POST /v1/boxes/{box_id}/things/{path*}',
  aliases: ['POST /v1/things'],
  summary: 'Create a thing.',
  class: 'write',
  query: ['dry_run'],
  input: z
    .object({ box_id: z.string(), path: z.string(), dry_run: z.boolean().optional(), shape: shape.meta({ id: 'Shape' }) })
    .meta({ id: 'CreateThing' }),
  output: thing,
  status: 201,
  example: { input: { box_id: 'b', shape: { kind: 'round' } } },
})
const list = operation({
  ...common,
  name: 'list_things',
  route: 'GET /v1/things',
  summary: 'List things.',
  class: 'read',
  input: z.object({ tags: z.array(z.string()).optional(), limit: z.coerce.number().int().min(1).default(20) }),
  output: z.object({ data: z.array(thing) }),
})
const forWorkers = operation({ ...list, name: 'hidden', audience: 'worker' })
const reading = {
  tag: 'things',
  needs: 'things.view',
  summary: 'Read.',
  class: 'read',
  input: z.object({}),
  run: async () => ({}) as never,
} as const

// biome-ignore lint/suspicious/noExplicitAny: a document is looked at freely here
const document = openApiDocument([create, list, forWorkers]) as any

test('a component is written once, however often it is used', () => {
  expect(Object.keys(document.components.schemas)).toEqual(['CreateThing', 'ErrorResponse', 'Round', 'Shape', 'Square', 'Thing'])
  expect(document.components.schemas.Thing.properties.shape).toEqual({ $ref: '#/components/schemas/Shape' })
  expect(JSON.stringify(document)).not.toContain('$defs')
})

test('a tagged union says which tag means which component', () => {
  expect(document.components.schemas.Shape.discriminator).toEqual({
    propertyName: 'kind',
    mapping: { round: '#/components/schemas/Round', square: '#/components/schemas/Square' },
  })
})

test('what goes both ways is shown as it may come in', () => {
  expect(document.components.schemas.Round.required).toEqual(['kind'])
  expect(document.components.schemas.Thing.properties.at).toEqual({ type: 'string', format: 'date-time' })
})

test('the flat input is shown where each key travels', () => {
  const shown = document.paths['/v1/boxes/{box_id}/things/{path}'].post
  expect(shown.parameters.map((one: { in: string; name: string }) => `${one.in} ${one.name}`)).toEqual([
    'path box_id',
    'path path',
    'query dry_run',
  ])
  expect(shown.requestBody.content['application/json']).toEqual({
    schema: { $ref: '#/components/schemas/CreateThing' },
    example: { shape: { kind: 'round' } },
  })
  expect(document.components.schemas.CreateThing.properties).toEqual({ shape: { $ref: '#/components/schemas/Shape' } })
  expect(Object.keys(shown.responses)).toEqual(['201', '400', '401', '403', '404', '409', '413', '415', '429', '500', '503'])
  expect(shown['x-permission']).toBe('things.manage')
})

test('a query list is a repeated key, and a coerced number is a number', () => {
  const [tags, limit] = document.paths['/v1/things'].get.parameters
  expect(tags).toMatchObject({ name: 'tags', style: 'form', explode: true, schema: { type: 'array' } })
  expect(limit).toMatchObject({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, default: 20 } })
})

test('an alias is an operation of its own', () => {
  expect(document.paths['/v1/things'].post.operationId).toBe('create_thing_alias')
})

test('two shapes of one name are refused', () => {
  const named = (shape: z.ZodRawShape) => z.object(shape).meta({ id: 'Twice' })
  const one = operation({ ...reading, name: 'one', route: 'GET /v1/one', output: z.object({ a: named({ x: z.string() }) }) })
  expect(() => {
    const two = operation({ ...reading, name: 'two', route: 'GET /v1/two', output: z.object({ a: named({ y: z.string() }) }) })
    openApiDocument([one, two])
  }).toThrow(/Twice/)
})
