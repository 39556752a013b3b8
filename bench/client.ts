// A caller of the HTTP API, as light as it can be: the machine that is measured carries it too.
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** POSTs JSON over kept connections; rejects what is refused. */
export async function post<T>(url: string, body: unknown): Promise<T> {
  const text = JSON.stringify(body)
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
  const sent = request(url, { method: 'POST', agent, headers })
  sent.end(text)
  const [response] = (await once(sent, 'response')) as [IncomingMessage] // what `response` is emitted with
  const pieces: Buffer[] = []
  for await (const piece of response) pieces.push(piece)
  const answer = Buffer.concat(pieces).toString()
  if ((response.statusCode ?? 500) >= 300) throw new Error(`POST ${url}: ${response.statusCode} ${answer}`)
  // The shape is the API's promise; what is used of it is an id.
  return JSON.parse(answer) as T
}

export interface EventReader {
  /** The next frame of this type, from now on; with its text. */
  next(type: string): Promise<string>
  /** Frames so far, and their bytes. */
  seen: { frames: number; bytes: number }
  close(): void
}

/** Opens a session's stream; resolves when the server has begun to answer. */
export async function readEvents(url: string): Promise<EventReader> {
  const sent = request(url, { agent: false, headers: { accept: 'text/event-stream' } })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage] // what `response` is emitted with
  if (response.statusCode !== 200) throw new Error(`GET ${url}: ${response.statusCode}`)
  const seen = { frames: 0, bytes: 0 }
  let rest = ''
  let awaited: { type: string; resolve(frame: string): void; reject(error: Error): void } | null = null

  function take(frame: string): void {
    seen.frames += 1
    if (!awaited || !frame.startsWith(`event: ${awaited.type}\n`)) return
    awaited.resolve(frame)
    awaited = null
  }
  response.setEncoding('utf8')
  response.on('data', (piece: string) => {
    seen.bytes += piece.length
    const frames = (rest + piece).split('\n\n')
    rest = frames.pop() ?? ''
    for (const frame of frames) take(frame)
  })
  response.on('error', () => {})
  response.once('close', () => awaited?.reject(new Error('the stream ended')))
  return {
    next: (type) =>
      new Promise((resolve, reject) => {
        awaited = { type, resolve, reject }
      }),
    seen,
    close: () => void response.destroy(),
  }
}
