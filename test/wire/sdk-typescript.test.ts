// Requests with exactly the bytes that the official TypeScript SDK (0.2.1) sends, and what it reads of the answers.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStream, type SseReader, sequencesOf } from '../support/sse.ts'
import { type Product, startProduct } from './product.ts'

// biome-ignore lint/suspicious/noExplicitAny: the SDK does not validate answers, it reads them
type Body = any

let product: Product

beforeAll(async () => {
  product = await startProduct()
})
afterAll(() => product.close())

/** As the SDK's own `fetch`: no scheme before the key, a JSON content type on everything, ids raw in the path. */
async function send(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${product.url}/api/v1${path}`, {
    method,
    headers: { Authorization: 'evr_pat_0123456789', 'Content-Type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  if (response.status === 204) expect(text).toBe('')
  const isJson = response.headers.get('content-type')?.includes('json')
  return { status: response.status, body: isJson ? JSON.parse(text) : text }
}

const agentRequest = (name: string) => ({
  name,
  display_name: 'Helper',
  system_prompt: 'You are helpful.',
  capabilities: [{ ref: 'current_time' }],
  initial_files: [{ path: '/workspace/a.txt', content: 'a', encoding: 'text', is_readonly: false }],
})

async function stream(path: string): Promise<SseReader> {
  const reader = await openStream(`${product.url}/api/v1${path}`, { Authorization: 'evr_pat_0123456789' })
  expect(reader.response.statusCode).toBe(200)
  expect(reader.response.headers['content-type']).toMatch(/^text\/event-stream/)
  return reader
}

describe('agents', () => {
  test('create, apply by name, get, list, copy, versions, export, delete', async () => {
    const created = await send('POST', '/agents', agentRequest('sdk-agent'))
    expect(created.status).toBe(201)
    const { id } = created.body
    expect(id).toMatch(/^agent_[0-9a-f]{32}$/)
    expect((await send('POST', '/agents', agentRequest('sdk-agent'))).status).toBe(200)
    expect((await send('GET', `/agents/${id}`)).body).toMatchObject({ id, name: 'sdk-agent', status: 'active', tags: [] })
    expect((await send('GET', '/agents?search=sdk-agent')).body.agents).toHaveLength(1)
    expect(Array.isArray((await send('GET', `/agents/${id}/versions`)).body)).toBe(true)
    expect((await send('POST', `/agents/${id}/versions`, { change_kind: 'patch', summary: 's' })).status).toBe(200)
    expect((await send('GET', `/agents/${id}/stats`)).status).toBe(200)
    expect((await send('POST', `/agents/${id}/copy`)).body.name).toBe('sdk-agent-copy')
    expect((await send('GET', `/agents/${id}/export`)).body).toContain('sdk-agent')
    expect((await send('DELETE', `/agents/${id}`)).status).toBe(204)
  })

  test('import takes markdown as plain text', async () => {
    const markdown = '---\nname: "imported-agent"\n---\nYou were imported.\n'
    const imported = await send('POST', '/agents/import', markdown, { 'Content-Type': 'text/plain' })
    expect(imported.body).toMatchObject({ name: 'imported-agent', system_prompt: 'You were imported.' })
  })

  test('a refusal carries what the SDKs turn into typed errors', async () => {
    const missing = await send('GET', `/agents/agent_${'0'.repeat(32)}`)
    expect(missing).toMatchObject({ status: 404, body: { status: 404, error: { code: missing.body.code } } })
  })
})

describe('sessions and messages', () => {
  test('the pattern of the README: send, then stream until the turn is complete', async () => {
    const session = await send('POST', '/sessions', {})
    expect(session.status).toBe(201)
    const { id } = session.body
    const message = { message: { role: 'user', content: [{ type: 'text', text: 'Hello!' }] } }
    const sent = await send('POST', `/sessions/${id}/messages`, message)
    expect(sent).toMatchObject({ status: 201, body: { role: 'user', session_id: id } })
    const reader = await stream(`/sessions/${id}/sse`)
    await reader.frame((frame) => frame.event === 'session.idled')
    reader.close()
    const sequences = sequencesOf(reader.frames)
    expect(sequences).toEqual(sequences.map((_, index) => index + 1))
    for (const frame of reader.frames.filter((one) => one.id)) {
      expect(JSON.parse(frame.data ?? '')).toMatchObject({
        id: frame.id,
        type: frame.event,
        session_id: id,
        context: {},
        data: {},
      })
    }
    const generation = JSON.parse(reader.frames.find((frame) => frame.event === 'llm.generation')?.data ?? '')
    expect(generation.data.messages.map((one: Body) => one.role)).toEqual(['system', 'user'])
    expect(generation.data.tools.map((one: Body) => one.name)).toContain('read_file')
    const { body } = await send('GET', `/sessions/${id}/messages`)
    expect(body.messages.map((one: Body) => one.role)).toEqual(['user', 'agent'])
    expect(body.data).toEqual(body.messages)
    const events = await send(
      'GET',
      `/sessions/${id}/events?types=turn.completed&types=turn.started&exclude=turn.started&limit=5`,
    )
    expect(events.body.data.map((one: Body) => one.type)).toEqual(['turn.completed'])
  })

  test('create, list, pin, unpin, secrets, cancel, delete', async () => {
    const created = await send('POST', '/sessions', { harness_name: 'generic', title: 'From the SDK', tags: ['t'] })
    const { id } = created.body
    expect((await send('GET', '/sessions?search=From%20the')).body.sessions.map((one: Body) => one.id)).toContain(id)
    expect((await send('PUT', `/sessions/${id}/pin`)).status).toBe(204)
    expect((await send('GET', `/sessions/${id}`)).body.is_pinned).toBe(true)
    expect((await send('DELETE', `/sessions/${id}/pin`)).status).toBe(204)
    expect(await send('PUT', `/sessions/${id}/storage/secrets`, { secrets: { TOKEN: 'x' } })).toMatchObject({
      status: 200,
      body: { count: 1 },
    })
    expect((await send('POST', `/sessions/${id}/cancel`)).status).toBe(200)
    expect((await send('DELETE', `/sessions/${id}`)).status).toBe(204)
    expect((await send('GET', `/sessions/${id}`)).status).toBe(404)
  })

  test('a message as the SDK’s own object, in camel case', async () => {
    const { id } = (await send('POST', '/sessions', {})).body
    const sent = await send('POST', `/sessions/${id}/messages`, {
      message: { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      externalActor: { actor_id: 'u1', source: 'slack' },
      controls: { errorDisclosure: 'generic' },
    })
    expect(sent.body).toMatchObject({ external_actor: { actor_id: 'u1' }, controls: { error_disclosure: 'generic' } })
  })

  test('tool results when nobody waits: the text that makes the SDK try again', async () => {
    const { id } = (await send('POST', '/sessions', {})).body
    const refused = await send('POST', `/sessions/${id}/tool-results`, { tool_results: [{ tool_call_id: 'c', result: 1 }] })
    expect(refused.status).toBe(409)
    expect(JSON.stringify(refused.body)).toContain('not waiting for tool results')
  })
})

describe('workspaces, harnesses, models, capabilities', () => {
  test('a workspace’s files, by raw paths', async () => {
    const created = await send('POST', '/workspaces', { name: 'sdk-space', description: 'd' })
    expect(created.status).toBe(201)
    const files = `/workspaces/${created.body.id}/fs`
    expect((await send('POST', `${files}/docs`, { is_directory: true })).body.is_directory).toBe(true)
    expect((await send('POST', `${files}/docs/a b.md`, { content: 'hello' })).status).toBe(201)
    expect((await send('PUT', `${files}/docs/a b.md`, { content: 'hello again' })).body.content).toBe('hello again')
    expect((await send('GET', `${files}/docs/a b.md`)).body).toMatchObject({ content: 'hello again', is_readonly: false })
    expect((await send('GET', `${files}?recursive=true`)).body.data).toHaveLength(2)
    expect((await send('GET', `${files}/docs`)).body.data).toHaveLength(1)
    expect((await send('POST', `${files}/_/grep`, { pattern: 'again' })).body.data).toHaveLength(1)
    expect((await send('POST', `${files}/_/stat`, { path: 'docs/a b.md' })).body.size_bytes).toBe(11)
    const move = { src_path: '/docs/a b.md', dst_path: '/docs/b.md' }
    expect((await send('POST', `${files}/_/move`, move)).body.path).toBe('/docs/b.md')
    expect(await send('DELETE', `${files}/docs/b.md`)).toMatchObject({ status: 200, body: { deleted: true } })
    expect((await send('DELETE', `/workspaces/${created.body.id}`)).status).toBe(204)
  })

  test('lists that the SDK gives back whole', async () => {
    for (const path of ['/harnesses', '/models', '/harnesses?search=gen', '/workspaces', '/providers']) {
      expect(Array.isArray((await send('GET', path)).body.data), path).toBe(true)
    }
    expect(Array.isArray((await send('GET', '/harness-examples')).body)).toBe(true)
    expect((await send('GET', '/capabilities?offset=0&limit=1')).body).toMatchObject({
      offset: 0,
      limit: 1,
      total: expect.any(Number),
    })
    expect((await send('GET', '/capabilities/current_time')).body.id).toBe('current_time')
  })
})
