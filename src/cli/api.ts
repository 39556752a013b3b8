// One HTTP request to the product's API, and what its failures are in words.
import { z } from 'zod'
import { Refusal, type Terminal } from './terminal.ts'

const defaultUrl = 'http://127.0.0.1:9300/api'
/** The server sends something at least every few tens of seconds; a stream that is silent for longer is dead. */
const silenceMs = 45_000

type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

export interface Request {
  method?: 'GET' | 'POST' | 'DELETE'
  /** After `/v1`, its parts encoded. */
  path: string
  query?: Query
  /** Sent as JSON. */
  json?: unknown
  /** Sent as it is. */
  text?: string
  headers?: Record<string, string>
}

export interface Api {
  /** Where it is, for sentences. */
  readonly url: string
  /** The answer's JSON as `shape` reads it; null where there is no body. Throws a Refusal. */
  ask<T>(shape: z.ZodType<T>, request: Request): Promise<T>
  /** The bytes of a stream until it ends, is silent for too long or `signal` aborts. Throws a Refusal. */
  stream(request: Request, signal: AbortSignal): AsyncGenerator<Uint8Array>
}

/** `url` from the command line wins over EVERRUNS_API_URL. */
export function connect(given: string | undefined, env: Terminal['env']): Api {
  const url = baseOf(given ?? (env.EVERRUNS_API_URL?.trim() || defaultUrl))
  const headers = {
    accept: 'application/json',
    ...(env.EVERRUNS_API_KEY ? { authorization: `Bearer ${env.EVERRUNS_API_KEY}` } : {}),
    ...(env.EVERRUNS_ORG_ID ? { 'x-org-id': env.EVERRUNS_ORG_ID } : {}),
  }
  const open = (request: Request, signal?: AbortSignal) => send(url, headers, request, signal)
  return {
    url,
    async ask(shape, request) {
      const response = await open(request)
      const text = await response.text().catch((error) => {
        throw unreachable(url, error)
      })
      return read(url, shape, text, response.status)
    },
    async *stream(request, signal) {
      const silence = new AbortController()
      const timer = setTimeout(() => silence.abort(), silenceMs)
      try {
        const accept = { headers: { ...request.headers, accept: 'text/event-stream' } }
        const response = await open({ ...request, ...accept }, AbortSignal.any([signal, silence.signal]))
        for await (const chunk of response.body ?? []) {
          timer.refresh()
          yield chunk
        }
      } catch (error) {
        throw error instanceof Refusal ? error : unreachable(url, error)
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

function baseOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new Refusal(`"${text}" is not an address of an API; give one like ${defaultUrl}.`)
  }
  return text.replace(/\/+$/, '').replace(/\/v1$/, '')
}

async function send(url: string, common: Record<string, string>, request: Request, signal?: AbortSignal): Promise<Response> {
  const { method = 'GET', path, query = {}, json, text, headers } = request
  const body = json === undefined ? text : JSON.stringify(json)
  const type = json === undefined ? 'text/plain; charset=utf-8' : 'application/json'
  const response = await fetch(`${url}/v1${path}${queryText(query)}`, {
    method,
    headers: { ...common, ...(body === undefined ? {} : { 'content-type': type }), ...headers },
    body,
    signal,
  }).catch((error) => {
    throw unreachable(url, error)
  })
  if (!response.ok) throw await refused(url, response)
  return response
}

function queryText(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    if (value === undefined) return []
    return (Array.isArray(value) ? value : [value]).map((one): [string, string] => [name, String(one)])
  })
  return pairs.length > 0 ? `?${new URLSearchParams(pairs)}` : ''
}

const problem = z.object({ title: z.string(), detail: z.string().optional(), code: z.string().optional() })

async function refused(url: string, response: Response): Promise<Refusal> {
  const text = await response.text().catch(() => '')
  const parsed = problem.safeParse(jsonOrNull(text))
  const { status } = response
  const kind = { status, passing: status === 429 || status >= 500 }
  if (!parsed.success) return new Refusal(`${url} answers with status ${status}, but not as an Everruns API does.`, kind)
  const { title, detail, code } = parsed.data
  return new Refusal(`${(detail ?? title).replace(/\.$/, '')}${code ? ` (${code})` : ''}.`, kind)
}

function read<T>(url: string, shape: z.ZodType<T>, text: string, status: number): T {
  const parsed = shape.safeParse(jsonOrNull(text))
  if (parsed.success) return parsed.data
  throw new Refusal(`${url} answers with status ${status}, but not as an Everruns API does.`, { cause: parsed.error })
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // an empty body, or a page of something that is no API
  }
}

const unreachable = (url: string, cause: unknown): Refusal =>
  new Refusal(
    `No Everruns server answers at ${url}. Start one with "npm start", or name another with --url or EVERRUNS_API_URL.`,
    {
      passing: true,
      cause,
    },
  )
