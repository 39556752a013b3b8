// A reader of event streams, as an SDK is one: parses frames and waits for the one that a test is about.
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'

export interface Frame {
  event?: string
  id?: string
  retry?: string
  data?: string
  comment?: string
  /** When its bytes arrived, by `performance.now()`. */
  at: number
}

export class SseReader {
  readonly frames: Frame[] = []
  readonly response: IncomingMessage
  /** Settles when the server has closed the stream. */
  readonly ended: Promise<unknown>
  private text = ''
  private waiting: (() => void)[] = []

  constructor(response: IncomingMessage) {
    this.response = response
    this.ended = once(response, 'close')
    response.setEncoding('utf8')
    response.on('data', (piece: string) => this.take(piece))
    response.on('error', () => {})
  }

  /** The first frame that fits, come or to come. */
  async frame(fits: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const found = this.frames.find(fits)
      if (found) return found
      await new Promise<void>((resolve) => this.waiting.push(resolve))
    }
  }

  /** Waits until so many events of the log have come. */
  async events(count: number): Promise<Frame[]> {
    const soFar = () => this.frames.filter((frame) => frame.id !== undefined)
    await this.frame(() => soFar().length >= count)
    return soFar()
  }

  close(): void {
    this.response.destroy()
  }

  private take(piece: string): void {
    this.text += piece
    const parts = this.text.split('\n\n')
    this.text = parts.pop() ?? ''
    for (const part of parts) this.frames.push(parse(part))
    for (const wake of this.waiting.splice(0)) wake()
  }
}

function parse(text: string): Frame {
  const frame: Frame = { at: performance.now() }
  for (const line of text.split('\n')) {
    if (line.startsWith(':')) frame.comment = line.slice(1).trim()
    else Object.assign(frame, { [line.slice(0, line.indexOf(': '))]: line.slice(line.indexOf(': ') + 2) })
  }
  return frame
}

/** Opens a stream; answers with the response and its body where it is refused. */
export async function openStream(url: string, headers: Record<string, string> = {}): Promise<SseReader> {
  const sent = request(url, { headers: { accept: 'text/event-stream', 'cache-control': 'no-cache', ...headers }, agent: false })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage] // what `response` is emitted with
  return new SseReader(response)
}

/** Sequences of the events that came, in order. */
export const sequencesOf = (frames: readonly Frame[]): number[] =>
  frames.flatMap((frame) => (frame.id ? [JSON.parse(frame.data ?? '{}').sequence as number] : []))
