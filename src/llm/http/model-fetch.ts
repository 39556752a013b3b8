// The one way a vendor driver reaches its provider: a fetch with time-outs for every stage, retries until the first byte, and
// failures that are already typed. It sees bytes and statuses only.
import { Agent, request } from 'undici'
import type { ModelConnection } from '../../contract/model.ts'
import { failureOf, ModelCallFailure, vendorErrorOf } from '../failure.ts'
import { maxRetries, retryableStatus, retryDelayMs, wait } from './retry.ts'
import { type HeaderMap, retryAfterMs } from './retry-after.ts'
import { bodyThatSpeaks, messageOf } from './silence.ts'

const defaults = { connectMs: 10_000, firstByteMs: 120_000, silenceMs: 60_000 }
/** Error bodies are read up to here. */
const errorBodyLimit = 65_536

/** What the retries of one call cost; filled in while it runs. */
export interface RetryCount {
  attempts: number
  totalWaitMs: number
}

type Limits = typeof defaults
interface Sending {
  url: string
  headers: Record<string, string>
  body: string
  signal: AbortSignal
  limits: Limits
}

// Kept-alive connections are the point of an agent, so there is one per connect limit for the life of the process.
const agents = new Map<number, Agent>()

function agentFor(connectMs: number): Agent {
  const agent = agents.get(connectMs) ?? new Agent({ connect: { timeout: connectMs }, headersTimeout: 0, bodyTimeout: 0 })
  agents.set(connectMs, agent)
  return agent
}

/**
 * A fetch for one model call. Rejects with a ModelCallFailure (or the signal's reason); an answer it returns is a success whose
 * first byte is there. Redirects are not followed: they would carry the key elsewhere.
 */
export function modelFetch(connection: ModelConnection, retries: RetryCount): typeof globalThis.fetch {
  const limits = {
    connectMs: connection.connectTimeoutMs ?? defaults.connectMs,
    firstByteMs: connection.firstByteTimeoutMs ?? defaults.firstByteMs,
    silenceMs: connection.silenceTimeoutMs ?? defaults.silenceMs,
  }
  return (input, init = {}) => {
    const url = input instanceof Request ? input.url : String(input)
    const signal = init.signal ?? new AbortController().signal
    const body = typeof init.body === 'string' ? init.body : ''
    return sendWithRetries({ url, headers: headersOf(init.headers), body, signal, limits }, retries)
  }
}

function headersOf(given: RequestInit['headers']): Record<string, string> {
  const headers = new Headers(given)
  // Made of an empty key: a server without keys may refuse it.
  if (headers.get('authorization') === 'Bearer') headers.delete('authorization')
  return Object.fromEntries(headers)
}

async function sendWithRetries(sending: Sending, retries: RetryCount): Promise<Response> {
  for (;;) {
    try {
      return await send(sending)
    } catch (error) {
      if (!(error instanceof ModelCallFailure) || !error.retryable || retries.attempts >= maxRetries) throw error
      const delayMs = retryDelayMs(retries.attempts + 1, error.failure.retryAfterMs, Math.random)
      await wait(delayMs, sending.signal)
      retries.attempts += 1
      retries.totalWaitMs += delayMs
    }
  }
}

async function send(sending: Sending): Promise<Response> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(lateFailure(sending.limits.firstByteMs)), sending.limits.firstByteMs)
  try {
    return await firstByte(sending, AbortSignal.any([sending.signal, late.signal]))
  } catch (error) {
    if (sending.signal.aborted) throw sending.signal.reason
    if (late.signal.aborted) throw late.signal.reason
    throw error instanceof ModelCallFailure ? error : networkFailure(error)
  } finally {
    clearTimeout(timer)
  }
}

async function firstByte({ url, headers, body, limits }: Sending, signal: AbortSignal): Promise<Response> {
  const answer = await request(url, { method: 'POST', headers, body, signal, dispatcher: agentFor(limits.connectMs) })
  // A body destroyed by an abort or a time-out says so to whoever reads it; without a listener it would end the process.
  answer.body.on('error', () => {})
  const answerHeaders = flat(answer.headers)
  if (answer.statusCode < 200 || answer.statusCode > 299) {
    throw statusFailure(answer.statusCode, answerHeaders, await startOf(answer.body))
  }
  const pieces = answer.body[Symbol.asyncIterator]()
  const stream = bodyThatSpeaks(await pieces.next(), pieces, answer.body, limits.silenceMs)
  return new Response(stream, { status: answer.statusCode, headers: answerHeaders })
}

const flat = (headers: Record<string, string | string[] | undefined>): HeaderMap =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value ?? []].flat().join(', ')]))

async function startOf(body: AsyncIterable<Uint8Array> & { destroy(): unknown }): Promise<string> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of body) {
    pieces.push(piece)
    length += piece.length
    if (length >= errorBodyLimit) break
  }
  return Buffer.concat(pieces).toString('utf8').slice(0, errorBodyLimit)
}

function statusFailure(status: number, headers: HeaderMap, body: string): ModelCallFailure {
  const said = vendorErrorOf(parsed(body), status) ?? {
    message: `HTTP ${status}${body ? `: ${body.slice(0, 300)}` : ''}`,
    status,
  }
  const waitMs = retryAfterMs(headers, Date.now())
  const failure = failureOf({ ...said, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) })
  return new ModelCallFailure(failure, retryableStatus(status, failure.kind))
}

/** Some servers wrap the error in a list (Gemini's compatible endpoint). */
function parsed(body: string): unknown {
  try {
    const value: unknown = JSON.parse(body)
    return Array.isArray(value) ? value[0] : value
  } catch {
    return null
  }
}

// A request that may be running at the provider is not sent twice, so this one is not retried.
const lateFailure = (ms: number): ModelCallFailure =>
  new ModelCallFailure({ kind: 'timeout', message: `The provider sent no answer within ${ms} ms.` }, false)

function networkFailure(cause: unknown): ModelCallFailure {
  const isConnectTimeout = cause instanceof Error && 'code' in cause && cause.code === 'UND_ERR_CONNECT_TIMEOUT'
  // A key or header that cannot be sent, or an address that is none, stays so.
  const isOurs = cause instanceof TypeError || (cause instanceof Error && cause.name === 'InvalidArgumentError')
  const kind = isOurs ? 'invalid_request' : isConnectTimeout ? 'timeout' : 'unavailable'
  return new ModelCallFailure({ kind, message: `The provider could not be reached: ${messageOf(cause)}` }, !isOurs, cause)
}
