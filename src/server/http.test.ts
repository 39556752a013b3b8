import { request } from 'node:http'
import { connect as connectSocket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openReplica, type Replica, sessionLog } from '../../test/support/door.ts'
import { answer } from '../contract/operation.ts'
import { Problem } from '../contract/problem.ts'
import { operation } from '../resources/context.ts'

/** Operations that answer with what they were given. */
const echo = { tag: 'test', summary: 'Echo.', class: 'read', needs: 'test.view', output: z.any() } as const
const operations = [
  operation({
    ...echo,
    name: 'echo_body',
    route: 'POST /v1/echo/{id}',
    class: 'write',
    query: ['from-example'],
    input: z.looseObject({ id: z.string(), name: z.string().max(5).optional(), count: z.number().max(3).optional() }),
    run: async (_ctx, input) => answer(input, { status: 201 }),
  }),
  operation({
    ...echo,
    name: 'echo_query',
    route: 'GET /v1/echo',
    aliases: ['GET /v1/echo-too'],
    input: z.looseObject({ tags: z.array(z.string()).optional(), limit: z.coerce.number().int().min(1).optional() }),
    run: async (ctx, input) => ({ ...input, key: ctx.idempotencyKey }),
  }),
  operation({
    ...echo,
    name: 'echo_rest',
    route: 'GET /v1/tree/{path*}',
    input: z.object({ path: z.string() }),
    run: async (_ctx, input) => input,
  }),
  operation({ ...echo, name: 'echo_static', route: 'GET /v1/tree/_/stat', input: z.object({}), run: async () => 'static' }),
  operation({
    ...echo,
    name: 'echo_text',
    route: 'POST /v1/text',
    body: 'text',
    query: ['from'],
    input: z.looseObject({ text: z.string() }),
    run: async (_ctx, input) => answer(JSON.stringify(input), { type: 'text/markdown' }),
  }),
  operation({
    ...echo,
    name: 'no_content',
    route: 'DELETE /v1/thing',
    status: 204,
    input: z.object({}),
    run: async () => undefined,
  }),
  operation({
    ...echo,
    name: 'fail',
    route: 'GET /v1/fail/{how}',
    input: z.object({ how: z.string() }),
    async run(ctx, { how }) {
      if (how === 'accident')
        await ctx.tx
          .selectFrom('events')
          .selectAll()
          .where('sequence', '=', 'x' as never)
          .execute()
      throw new Problem('unavailable', 'Come back later', { code: 'away', retryAfterSeconds: 2 })
    },
  }),
  operation({
    ...echo,
    name: 'forgetful',
    route: 'GET /v1/forgetful',
    input: z.object({}),
    output: z.object({ id: z.string() }),
    run: async () => ({}) as { id: string }, // out of contract on purpose
  }),
]

let log: Awaited<ReturnType<typeof sessionLog>>
let replica: Replica
let url: string

beforeAll(async () => {
  log = await sessionLog()
  replica = await openReplica({ url: log.url, operations })
  url = await replica.http.listen('127.0.0.1:0')
})

afterAll(async () => {
  await replica.close()
  await log.close()
})

const json = { 'content-type': 'application/json' }
const post = (payload: string | Buffer, headers: Record<string, string> = json, path = '/v1/echo/1') =>
  replica.http.inject({ method: 'POST', url: path, headers, payload })
const get = (path: string, headers: Record<string, string> = {}) => replica.http.inject({ method: 'GET', url: path, headers })

describe('input', () => {
  test.each(['', '{}', 'null', '  '])('%j with a JSON content type is no body', async (payload) => {
    const response = await post(payload)
    expect(response.statusCode).toBe(201)
    expect(response.json()).toEqual({ id: '1' })
  })

  test('a JSON content type on a request without a body is no error', async () => {
    expect((await get('/v1/echo', json)).statusCode).toBe(200)
    expect((await replica.http.inject({ method: 'DELETE', url: '/v1/thing', headers: json })).statusCode).toBe(204)
  })

  test('path wins over body, and only declared query keys join a body', async () => {
    const response = await post('{"id":"body","name":"n"}', json, '/v1/echo/path?from-example=x&name=query')
    expect(response.json()).toEqual({ id: 'path', name: 'n', 'from-example': 'x' })
  })

  test('repeated keys are lists, and so is one where a list is meant', async () => {
    expect((await get('/v1/echo?tags=a&tags=b')).json()).toMatchObject({ tags: ['a', 'b'] })
    expect((await get('/v1/echo-too?tags=a')).json()).toMatchObject({ tags: ['a'] })
    expect((await get('/v1/echo?limit=1&limit=2')).json()).toMatchObject({ limit: 2 })
  })

  test('the rest of a path keeps its slashes, and static addresses win', async () => {
    expect((await get('/v1/tree/a/b%20c/d.md')).json()).toEqual({ path: 'a/b c/d.md' })
    expect((await get('/v1/tree/_/stat')).json()).toBe('static')
  })

  test('text is taken as it is, even when it is empty', async () => {
    const text = await post('# Hi', { 'content-type': 'text/plain' }, '/v1/text?from=x')
    expect(text.headers['content-type']).toContain('text/markdown')
    expect(JSON.parse(text.body)).toEqual({ from: 'x', text: '# Hi' })
    expect(JSON.parse((await post('', { 'content-type': 'text/plain' }, '/v1/text')).body)).toEqual({ text: '' })
  })

  test('what the database cannot store is replaced, and prototypes are out of reach', async () => {
    const body = (await post('{"a":"x\\u0000y","b":["\\ud800"],"\\u0000k":1,"__proto__":{"id":"evil"}}')).json()
    expect(body).toEqual({ id: '1', a: 'x\ufffdy', b: ['\ufffd'], '\ufffdk': 1 })
  })

  test('a key for repeating reaches the operation', async () => {
    expect((await get('/v1/echo', { 'idempotency-key': 'k1' })).json()).toMatchObject({ key: 'k1' })
  })
})

describe('refusals', () => {
  const nested = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`
  test.each<[string, number, string | Buffer, Record<string, string>]>([
    ['broken JSON', 400, '{"a":', json],
    ['trailing garbage', 400, '{} x', json],
    ['a list', 400, '[]', json],
    ['a number', 400, '1e309', json],
    ['bad UTF-8', 400, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), json],
    ['a wrong type', 400, '{"name":7}', json],
    ['a long text', 400, '{"name":"123456"}', json],
    ['a large number', 400, '{"count":4}', json],
    ['nesting of 65', 400, nested(65), json],
    ['nesting of 100,000', 400, nested(100_000), json],
    ['10,001 items', 400, `{"a":[${'1,'.repeat(10_000)}1]}`, json],
    ['a form', 415, 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['another charset’s bytes', 415, '{}', { 'content-type': 'text/plain' }],
    ['a compressed body', 415, '{}', { ...json, 'content-encoding': 'gzip' }],
    ['11 MB', 413, `{"name":"${'x'.repeat(11 * 1024 * 1024)}"}`, json],
    ['no media type', 415, '{}', { 'content-type': 'nonsense' }],
  ])('%s → %i', async (_what, status, payload, headers) => {
    const response = await post(payload, headers)
    expect(response.statusCode).toBe(status)
    expect(response.headers['content-type']).toBe('application/problem+json')
    const body = response.json()
    expect(body).toMatchObject({ status, instance: '/v1/echo/1', error: { code: body.code, message: body.detail } })
  })

  test('64 levels and 10,000 items are still taken', async () => {
    expect((await post(nested(63))).statusCode).toBe(201)
    expect((await post(`{"a":[${'1,'.repeat(9_999)}1]}`)).statusCode).toBe(201)
  })

  test('sizes have one fixed text, other mistakes name the field', async () => {
    expect((await post('{"name":"123456"}')).json().detail).toBe('Input exceeds allowed limits')
    expect((await post('{"count":4}')).json().detail).toMatch(/^count: /)
    expect((await post('{"name":7}')).json().detail).toMatch(/^name: /)
  })

  test.each([
    ['GET', '/v1/nothing', 404],
    ['PATCH', '/v1/echo', 405],
    ['GET', '/v1/tree/a%00b', 400],
    ['GET', '/v1/tree/%zz', 400],
    ['GET', '/v1/echo?tags=%00', 400],
    ['GET', '/v1/echo?limit=0', 400],
    ['GET', `/v1/echo?tags=${'x'.repeat(9_000)}`, 400],
  ] as const)('%s %s → %i', async (method, path, status) => {
    const response = await replica.http.inject({ method, url: path, headers: { 'x-request-id': 'mine-1' } })
    expect(response.statusCode).toBe(status)
    expect(response.headers['x-request-id']).toBe('mine-1')
    expect(response.json()).toMatchObject({ status, request_id: 'mine-1', instance: path.split('?')[0] })
  })

  test('a method that is not there says which are', async () => {
    expect((await replica.http.inject({ method: 'PUT', url: '/v1/echo' })).headers.allow).toBe('GET')
  })

  test('an accident shows nothing of itself', async () => {
    const response = await get('/v1/fail/accident')
    expect(response.statusCode).toBe(500)
    expect(response.body).not.toContain('sequence')
    expect(response.json()).toMatchObject({ code: 'internal_error', title: 'Internal Server Error' })
  })

  test('an operation’s own refusal keeps its code and says when to come back', async () => {
    const response = await get('/v1/fail/politely')
    expect(response.headers['retry-after']).toBe('2')
    expect(response.json()).toMatchObject({ status: 503, code: 'away', retry_after_seconds: 2 })
  })

  test('an answer out of contract does not pass a test unseen', async () => {
    expect((await get('/v1/forgetful')).statusCode).toBe(500)
  })
})

describe('who asks', () => {
  test.each(['evr_pat_x', 'Bearer a.b.c', 'ApiKey x', ''])('Authorization %j is accepted', async (authorization) => {
    expect((await get('/v1/echo', { authorization })).statusCode).toBe(200)
  })
  test.each([
    ['org_00000000000000000000000000000001', 200],
    ['org_00000000000000000000000000000002', 404],
    ['org_1', 400],
    ['ORG_00000000000000000000000000000001', 400],
  ])('X-Org-Id %s → %i', async (org, status) => {
    expect((await get('/v1/echo', { 'x-org-id': org })).statusCode).toBe(status)
  })
  test('a strange request id is replaced by ours', async () => {
    const ids = await Promise.all(
      ['a b', 'x'.repeat(129), ''].map(async (id) => (await get('/health', { 'x-request-id': id })).headers['x-request-id']),
    )
    for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/)
  })
  test('pages of named origins may call, foreign pages may not', async () => {
    const named = await replica.http.inject({ method: 'OPTIONS', url: '/v1/echo', headers: { origin: 'https://app.example' } })
    expect(named.statusCode).toBe(204)
    expect(named.headers['access-control-allow-origin']).toBe('https://app.example')
    const foreign = await get('/v1/echo', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })
    expect(foreign.statusCode).toBe(403)
    expect(foreign.headers['access-control-allow-origin']).toBeUndefined()
  })
})

describe('addresses', () => {
  test('every route also answers under the prefix, and the refusal shows the address as asked', async () => {
    expect((await get('/api/v1/echo')).statusCode).toBe(200)
    expect((await get('/api/health')).json()).toEqual({ status: 'ok', version: '0.0.0', auth_mode: 'none' })
    expect((await get('/api/v1/nothing')).json().instance).toBe('/api/v1/nothing')
  })
  test('the document and its reader come from here', async () => {
    const document = (await get('/api-doc/openapi.json')).json()
    expect(document.openapi).toBe('3.1.0')
    expect(Object.keys(document.paths)).toContain('/v1/tree/{path}')
    expect((await get('/swagger-ui/')).body).toContain('swagger-ui-bundle.js')
    expect((await get('/swagger-ui/swagger-ui-bundle.js')).statusCode).toBe(200)
    expect((await get('/swagger-ui')).headers.location).toBe('/swagger-ui/')
    expect((await get('/')).body).toContain('Everruns')
    expect((await get('/ready')).json()).toEqual({ status: 'ready' })
  })
  test('a second listener serves the same routes', async () => {
    const second = await replica.http.listen('127.0.0.1:0')
    expect(second).not.toBe(url)
    expect((await fetch(`${second}/v1/echo`)).status).toBe(200)
  })
})

describe('what is not even a request', () => {
  test('headers beyond 32 KB are refused as a problem', async () => {
    const status = await new Promise((resolve) => {
      request(`${url}/v1/echo`, { headers: { 'x-big': 'x'.repeat(40 * 1024) } }, (response) => {
        resolve([response.statusCode, response.headers['content-type']])
        response.resume()
      }).end()
    })
    expect(status).toEqual([400, 'application/problem+json'])
  })
  test('garbage gets a problem and a closed socket', async () => {
    const { port } = new URL(url)
    const text = await new Promise<string>((resolve) => {
      let got = ''
      const socket = connectSocket(Number(port), '127.0.0.1', () => socket.write('NOT HTTP AT ALL\r\n\r\n'))
      socket.on('data', (bytes) => {
        got += bytes
      })
      socket.on('close', () => resolve(got))
    })
    expect(text).toContain('400 Bad Request')
    expect(text).toContain('"code":"bad_request"')
  })
})
