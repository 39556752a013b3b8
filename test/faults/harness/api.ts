// The product's API as a patient client uses it: while nobody answers it asks again, with the same key, at the next address.
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { WireEvent, WireMessage } from './wire.ts'

const patienceMs = 40_000
const retryMs = 50
const requestMs = 5_000

export interface Accepted {
  id: string
  sequence: number
}

export class Api {
  readonly #urls: () => string[]

  constructor(urls: () => string[]) {
    this.#urls = urls
  }

  /** `wish`: more of what a session can be given. */
  async createSession(capabilities: readonly string[], wish: object = {}): Promise<string> {
    // The answers' shapes are the contract's; the checks read a few fields of them.
    const { id } = (await this.ask('POST', '/v1/sessions', { capabilities, ...wish })) as { id: string }
    return id
  }

  /** Sent until it is accepted, always under one key: however often it arrives, it counts once. */
  async post(session: string, text: string): Promise<Accepted> {
    const message = { role: 'user', content: [{ type: 'text', text }] }
    return (await this.ask('POST', `/v1/sessions/${session}/messages`, { message })) as Accepted // as above
  }

  async messages(session: string): Promise<WireMessage[]> {
    return ((await this.ask('GET', `/v1/sessions/${session}/messages`)) as { data: WireMessage[] }).data // as above
  }

  async events(session: string): Promise<WireEvent[]> {
    return ((await this.ask('GET', `/v1/sessions/${session}/events`)) as { data: WireEvent[] }).data // as above
  }

  async status(session: string): Promise<string> {
    return ((await this.ask('GET', `/v1/sessions/${session}`)) as { status: string }).status // as above
  }

  /** A task that stands alone; answers its id. */
  async enqueue(step: string, input: object): Promise<string> {
    const body = { activity_type: step, input }
    return ((await this.ask('POST', '/v1/durable/tasks', body)) as { task_id: string }).task_id // as above
  }

  async deadLetters(): Promise<{ id: string; last_error: string }[]> {
    return ((await this.ask('GET', '/v1/durable/dlq?limit=100')) as { data: { id: string; last_error: string }[] }).data // as above
  }

  /** Puts a dead letter back; answers the id of its successor. */
  async retry(id: string): Promise<string> {
    return (await this.ask('POST', `/v1/durable/dlq/${id}/retry`)) as string // as above
  }

  /** Anything else; asked until it is answered, always under one key. */
  async ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const key = randomUUID()
    const until = Date.now() + patienceMs
    for (let turn = 0; ; turn += 1) {
      const urls = this.#urls()
      const answer = await send(`${urls[turn % urls.length]}${path}`, method, key, body)
      if (answer) return answer
      if (Date.now() > until) throw new Error(`${method} ${path} was not answered within ${patienceMs} ms`)
      await wait(retryMs)
    }
  }
}

/** Null when it is worth asking again: nobody answered, or the answer was 503. */
async function send(url: string, method: string, key: string, body: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key }
  const request = { method, headers, signal: AbortSignal.timeout(requestMs), ...(body ? { body: JSON.stringify(body) } : {}) }
  const response = await fetch(url, request).catch(() => null)
  const text = await response?.text().catch(() => null)
  if (!response || text === null || text === undefined || response.status === 503) return null
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${text}`)
  if (text === '') return {}
  return response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text
}
