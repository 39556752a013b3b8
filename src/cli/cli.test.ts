// The commands against a server that speaks the API's wire word for word, so that streams can be cut where it hurts.

import { mkdtemp, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { eventId } from '../contract/ids.ts'
import { run } from './index.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

interface Asked {
  line: string
  body: string
  headers: IncomingMessage['headers']
}
type Answer = (response: ServerResponse, asked: Asked) => void

/** Answers by `METHOD /path`; several answers to one line are given one after another, the last for good. */
async function server(answers: Record<string, Answer | Answer[]>) {
  const asked: Asked[] = []
  const http = createServer(async (request, response) => {
    const body = await text(request)
    const line = `${request.method} ${request.url}`
    asked.push({ line, body, headers: request.headers })
    const found = answers[line] ?? answers[line.split('?')[0] ?? '']
    const answer = Array.isArray(found) ? (found.length > 1 ? found.shift() : found[0]) : found
    if (answer) answer(response, { line, body, headers: request.headers })
    else problem(404, { title: 'Not Found', detail: 'No such thing', code: 'not_found' })(response, { line, body, headers: {} })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    http.closeAllConnections()
    http.close()
  })
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/api`, asked }
}

const json =
  (value: unknown, status = 200): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
const problem =
  (status: number, value: object): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ status, ...value }))

type Told = [type: string, data: object]
/** Events numbered from `first`; what comes after them is `then`. */
const stream =
  (first: number, told: Told[], then: (response: ServerResponse) => void = () => {}): Answer =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('event: connected\ndata: {"status":"connected"}\n\n')
    told.forEach(([type, data], n) => {
      const id = `event_${eventId(first + n).replaceAll('-', '')}`
      const event = { id, type, ts: '2026-01-01T12:00:00.000Z', sequence: first + n, context: {}, data }
      response.write(`event: ${type}\nid: ${id}\ndata: ${JSON.stringify(event)}\n\n`)
    })
    then(response)
  }

const opened = { id: 'session_1', status: 'started', created_at: '2026-01-01T12:00:00.000Z' }
const posted = { id: 'message_1', role: 'user', content: [], sequence: 2 }
const said = (text: string): Told => [
  'output.message.completed',
  { message: { id: 'message_2', role: 'agent', content: [{ type: 'text', text }] } },
]
const chatting = {
  'POST /api/v1/sessions': json(opened, 201),
  'POST /api/v1/sessions/session_1/messages': json(posted, 201),
}

async function everruns(argv: string[], url: string, env: Record<string, string> = {}) {
  const written = { stdout: '', stderr: '' }
  const interrupts = new Set<() => void>()
  const noted: [text: string, met: () => void][] = []
  const output = (name: 'stdout' | 'stderr') => ({
    write(text: string) {
      written[name] += text
      for (const [expected, met] of noted) if (written[name].includes(expected)) met()
    },
  })
  const code = run(argv, {
    stdout: output('stdout'),
    stderr: output('stderr'),
    env: { EVERRUNS_API_URL: url, ...env },
    on: (_, listener) => interrupts.add(listener),
    off: (_, listener) => interrupts.delete(listener),
  })
  return {
    code,
    written,
    interrupt() {
      for (const listener of interrupts) listener()
    },
    says: (text: string) => new Promise<void>((met) => noted.push([text, met])),
  }
}

test('chat opens a session, shows the answer and says how to go on', async () => {
  const { url, asked } = await server({
    ...chatting,
    'GET /api/v1/sessions/session_1/sse': stream(2, [said('Noon.'), ['turn.completed', {}]]),
  })
  const { code, written } = await everruns(['chat', 'What time is it?', '--agent', 'clock'], url, {
    EVERRUNS_API_KEY: 'evr_1',
    EVERRUNS_ORG_ID: 'org_1',
  })
  expect(await code).toBe(0)
  expect(written.stdout).toBe('Noon.\n')
  expect(written.stderr).toContain('npx everruns chat --session session_1')
  expect(asked[0]?.headers).toMatchObject({ authorization: 'Bearer evr_1', 'x-org-id': 'org_1' })
  expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ agent_name: 'clock' })
  expect(JSON.parse(asked[1]?.body ?? '').message).toEqual({
    role: 'user',
    content: [{ type: 'text', text: 'What time is it?' }],
  })
})

test.each([
  [['turn.failed', { error: 'No model is configured.', error_code: 'model_not_configured' }], 1, 'No model is configured.'],
  [['turn.cancelled', { reason: 'user' }], 2, 'The turn was cancelled.'],
  [['tool.call_requested', { tool_calls: [{ id: 'c', name: 'ask_person', arguments: {} }] }], 3, 'ask_person'],
] satisfies [Told, number, string][])('%j ends chat with %i', async (event, expected, words) => {
  const { url } = await server({ ...chatting, 'GET /api/v1/sessions/session_1/sse': stream(2, [event]) })
  const { code, written } = await everruns(['chat', 'Hello'], url)
  expect(await code).toBe(expected)
  expect(written.stderr).toContain(words)
})

test('a stream that breaks is taken up after the last event, through a restart of the server', async () => {
  const cut = (response: ServerResponse): void => void setImmediate(() => response.destroy())
  const { url, asked } = await server({
    ...chatting,
    'GET /api/v1/sessions/session_1/sse': [
      stream(2, [said('First.')], cut),
      problem(503, { title: 'Service Unavailable' }),
      stream(3, [said('Second.'), ['turn.completed', {}]]),
    ],
  })
  const { code, written } = await everruns(['chat', 'Hello'], url)
  expect(await code).toBe(0)
  expect(written.stdout).toBe('First.\nSecond.\n')
  const cursors = asked.filter(({ line }) => line.includes('/sse')).map(({ line }) => line.slice(-8))
  expect(cursors).toEqual(['00000001', '00000002', '00000002'])
})

test('Ctrl-C cancels the turn and waits for its end', async () => {
  let live: ServerResponse | undefined
  const { url } = await server({
    ...chatting,
    'GET /api/v1/sessions/session_1/sse': stream(2, [said('I begin.')], (response) => {
      live = response
    }),
    'POST /api/v1/sessions/session_1/cancel': (response, asked) => {
      json({ status: 'cancelled', message: 'Cancelled' })(response, asked)
      live?.write('data: {"id":"event_9","type":"turn.cancelled","ts":"","data":{"reason":"user"}}\n\n')
    },
  })
  const { code, written, interrupt, says } = await everruns(['chat', 'Hello'], url)
  await says('I begin.')
  interrupt()
  expect(await code).toBe(2)
  expect(written.stderr).toContain('The turn was cancelled.')
})

test('a second Ctrl-C leaves at once', async () => {
  const { url } = await server({
    ...chatting,
    'GET /api/v1/sessions/session_1/sse': stream(2, [said('I begin.')]),
    'POST /api/v1/sessions/session_1/cancel': () => {},
  })
  const { code, interrupt, says } = await everruns(['chat', 'Hello'], url)
  await says('I begin.')
  interrupt()
  interrupt()
  expect(await code).toBe(2)
})

test('a server that is not there is one sentence that says how to start it', async () => {
  const { url } = await server({})
  for (const close of closers.splice(0)) close()
  const { code, written } = await everruns(['agents', 'list'], url)
  expect(await code).toBe(1)
  expect(written.stderr).toBe(
    `No Everruns server answers at ${url}. Start one with "npm start", or name another with --url or EVERRUNS_API_URL.\n`,
  )
})

test('a refusal is its sentence and its code', async () => {
  const { url } = await server({})
  const { code, written } = await everruns(['sessions', 'get', 'session_2'], url)
  expect(await code).toBe(1)
  expect(written.stderr).toBe('No such thing (not_found).\n')
})

test('something else that listens there is named as such', async () => {
  const { url } = await server({ 'GET /api/v1/agents': (response) => response.end('<html>') })
  const { code, written } = await everruns(['agents', 'list'], url)
  expect(await code).toBe(1)
  expect(written.stderr).toBe(`${url} answers with status 200, but not as an Everruns API does.\n`)
})

test('events are filtered by the server, and printed one per line for programs', async () => {
  const one = {
    id: 'event_1',
    type: 'turn.started',
    ts: '2026-01-01T12:00:00.000Z',
    sequence: 3,
    context: {},
    data: { turn_id: 't' },
  }
  const { url, asked } = await server({ 'GET /api/v1/sessions/session_1/events': json({ data: [one] }) })
  const { code, written } = await everruns(['events', 'session_1', '--types', 'turn.started,turn.failed', '--json'], url)
  expect(await code).toBe(0)
  expect(JSON.parse(written.stdout)).toEqual(one)
  expect(asked[0]?.line).toBe('GET /api/v1/sessions/session_1/events?types=turn.started&types=turn.failed')
})

test('apply replaces the agent that has the name', async () => {
  const agent = { id: 'agent_1', name: 'helper', status: 'active' }
  const { url, asked } = await server({ 'GET /api/v1/agents/helper': json(agent), 'POST /api/v1/agents/import': json(agent) })
  const file = join(await mkdtemp(join(tmpdir(), 'everruns-cli-')), 'helper.md')
  await writeFile(file, '---\nname: helper\n---\nYou help.\n')
  const { code, written } = await everruns(['agents', 'apply', file], url)
  expect(await code).toBe(0)
  expect(written.stdout).toBe('helper  agent_1\n')
  expect(asked[1]?.body).toBe('---\nid: agent_1\nname: helper\n---\nYou help.\n')
})

test('help names the exit codes', async () => {
  const { code, written } = await everruns(['chat', '--help'], 'http://127.0.0.1:1')
  expect(await code).toBe(0)
  expect(written.stdout).toMatch(/Exit codes:[\s\S]*2 {2}the turn was cancelled/)
})
