// A user of the product over HTTP: opens sessions, says things, reads what happens. Waits for events, never for time.
import type { Json, JsonObject } from '../../src/contract/json.ts'
import { openStream, type SseReader } from '../support/sse.ts'

// biome-ignore lint/suspicious/noExplicitAny: a user reads answers without schemas
export type Body = any

export interface Answer {
  status: number
  body: Body
}

export interface LogEvent {
  id: string
  type: string
  ts: string
  sequence: number
  context: { turn_id?: string; exec_id?: string }
  data: Body
}

export class Visitor {
  readonly url: string

  /** `url`: where HTTP is served, without `/v1`. */
  constructor(url: string) {
    this.url = url
  }

  async ask(method: string, path: string, body?: Json, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.url}/v1${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : JSON.parse(text) }
  }

  /** The answer's body; throws where the request was refused. */
  async must(method: string, path: string, body?: Json): Promise<Body> {
    const answer = await this.ask(method, path, body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  async openSession(wanted: JsonObject = {}): Promise<Conversation> {
    return new Conversation(this, await this.must('POST', '/sessions', wanted))
  }

  /** The same session, asked for here. */
  async goOn({ id }: Conversation): Promise<Conversation> {
    return new Conversation(this, await this.must('GET', `/sessions/${id}`))
  }
}

/** One session. */
export class Conversation {
  readonly id: string
  readonly workspaceId: string
  readonly #visitor: Visitor

  constructor(visitor: Visitor, { id, workspace_id }: { id: string; workspace_id: string }) {
    this.#visitor = visitor
    this.id = id
    this.workspaceId = workspace_id
  }

  ask(method: string, path: string, body?: Json): Promise<Answer> {
    return this.#visitor.ask(method, `/sessions/${this.id}${path}`, body)
  }

  say(text: string): Promise<Body> {
    return this.#visitor.must('POST', `/sessions/${this.id}/messages`, { message: { content: [{ type: 'text', text }] } })
  }

  /** Has the simulated model do this in answer to one message (docs/simulator.md). */
  script(turns: Json): Promise<Body> {
    return this.say(`/sim ${JSON.stringify({ turns })}`)
  }

  read(since?: string): Promise<SseReader> {
    return openStream(`${this.#visitor.url}/v1/sessions/${this.id}/sse${since ? `?since_id=${since}` : ''}`)
  }

  /** Waits for the `nth` event of a type, from the session's beginning on. */
  async event(type: string, nth = 1): Promise<LogEvent> {
    const reader = await this.read()
    const isThere = () => reader.frames.filter((frame) => frame.event === type).length >= nth
    await reader.frame(isThere)
    reader.close()
    return JSON.parse(reader.frames.filter((frame) => frame.event === type)[nth - 1]?.data ?? '')
  }

  async log(): Promise<LogEvent[]> {
    return (await this.#visitor.must('GET', `/sessions/${this.id}/events`)).data
  }

  async types(): Promise<string[]> {
    return (await this.log()).map((event) => event.type)
  }

  async status(): Promise<string> {
    return (await this.#visitor.must('GET', `/sessions/${this.id}`)).status
  }

  /** What was said: `user: …`, `agent: …`, texts only. */
  async said(): Promise<string[]> {
    const { data } = await this.#visitor.must('GET', `/sessions/${this.id}/messages`)
    return data.flatMap(({ role, content }: Body) =>
      content.filter((part: Body) => part.type === 'text').map((part: Body) => `${role}: ${part.text}`),
    )
  }
}
