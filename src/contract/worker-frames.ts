// Gathers the messages of one tick into frames: a frame costs its stream far more than a message in it.
import type * as Wire from './gen/worker.ts'

/** A frame is closed when it has grown to this; one larger message makes a frame of its own. */
const frameBytes = 1024 * 1024
/** Ids and scalars of one message, generously. */
const messageBytes = 256

interface FrameStream<F> {
  write(frame: F): boolean
  once(event: 'drain', listener: () => void): unknown
  end(): unknown
}

export interface FrameWriter<M> {
  send(message: M): void
  /** Writes what is gathered, now. */
  flush(): void
  /** Writes what is gathered, then ends the stream. */
  end(): void
}

export interface FrameOptions<M, F> {
  frameOf(messages: M[]): F
  weigh(message: M): number
  /** True when the other side is slow and messages begin to wait here; false when they flow again. */
  blocked?(isBlocked: boolean): void
}

/** What `send` is given within one turn of the event loop goes out in as few frames as possible, in order. */
export function frameWriter<M, F>(stream: FrameStream<F>, { frameOf, weigh, blocked }: FrameOptions<M, F>): FrameWriter<M> {
  let gathered: M[] = []
  let scheduled = false
  let full = false
  let ended = false

  function write(frame: M[]): void {
    if (frame.length === 0 || stream.write(frameOf(frame)) || full) return
    full = true
    blocked?.(true)
    stream.once('drain', () => {
      full = false
      blocked?.(false)
      if (!ended) flush()
    })
  }

  function flush(): void {
    scheduled = false
    if (full && !ended) return
    const messages = gathered
    gathered = []
    for (const frame of framesOf(messages, weigh)) write(frame)
  }

  return {
    send(message) {
      if (ended) return
      gathered.push(message)
      if (scheduled || full) return
      scheduled = true
      setImmediate(flush)
    },
    flush,
    end() {
      if (ended) return
      ended = true
      flush()
      stream.end()
    },
  }
}

function framesOf<M>(messages: M[], weigh: (message: M) => number): M[][] {
  const frames: M[][] = [[]]
  let size = 0
  for (const message of messages) {
    const weight = weigh(message)
    if (size > 0 && size + weight > frameBytes) {
      frames.push([])
      size = 0
    }
    frames.at(-1)?.push(message)
    size += weight
  }
  return frames
}

const eventsWeight = (events: Wire.Event[]): number => events.reduce((sum, { data }) => sum + data.length + 64, 0)
const assignmentWeight = ({ context, input }: Wire.Assignment): number => messageBytes + context.length + input.length

/** Bytes of a message on the wire, a little too many rather than too few. */
export function weighWorker({ body }: Wire.WorkerMessage): number {
  switch (body?.$case) {
    case 'emit':
    case 'begin':
      return messageBytes + eventsWeight(body.value.events)
    case 'finish':
      return messageBytes + eventsWeight(body.value.events) + body.value.effects.length + body.value.value.length
    case 'fail':
      return messageBytes + body.value.error.length * 4
    case 'hello':
    case 'beat':
      return messageBytes + body.value.running.length * 64
    default:
      return messageBytes
  }
}

export function weighControl({ body }: Wire.ControlMessage): number {
  if (body?.$case === 'task') return assignmentWeight(body.value)
  if (body?.$case === 'finished') return messageBytes + body.value.next.reduce((sum, next) => sum + assignmentWeight(next), 0)
  return messageBytes
}
