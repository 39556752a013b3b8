// Many readers of event streams, in one process: bare sockets, so that what they cost is hardly the client's.
import { createConnection, type Socket } from 'node:net'
import { type FromReaders, sharedClock, type ToReaders } from './messages.ts'

const tell = (message: FromReaders): void => void process.send?.(message)

/** So many are on their way to the server at once: more than a listener's backlog would be refused. */
const openingAtOnce = 64
const sockets: Socket[] = []
/** By the text that carries the time of an event's writing. */
const arrivals = new Map<string, number[]>()

function arrived(written: string): void {
  const ms = arrivals.get(written) ?? []
  arrivals.set(written, ms)
  ms.push(sharedClock() - Number(written))
  if (ms.length < sockets.length) return
  arrivals.delete(written)
  tell({ is: 'arrived', ms })
}

/** Resolves when the stream has begun. A frame of this size is one chunk on loopback. */
function open(host: string, port: number, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port })
    sockets.push(socket)
    socket.setEncoding('latin1')
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept: text/event-stream\r\n\r\n`)
    socket.on('data', (text: string) => {
      if (text.startsWith('HTTP/1.1 200')) resolve()
      else if (text.startsWith('HTTP/1.1')) reject(new Error(text.slice(0, 300)))
      const at = text.indexOf('event: tool.progress\n')
      if (at >= 0) arrived(/"message":"([\d.]+)"/.exec(text.slice(at))?.[1] ?? '')
    })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('a stream ended')))
  })
}

async function openAll(host: string, port: number, paths: string[]): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < paths.length) await open(host, port, paths[next++] ?? '')
  }
  await Promise.all(Array.from({ length: openingAtOnce }, lane))
}

process.on('message', (message: ToReaders) => {
  if (message.do === 'stop') process.exit(0)
  openAll(message.host, message.port, message.paths).then(
    () => tell({ is: 'open' }),
    (error: unknown) => tell({ is: 'failed', why: String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))
tell({ is: 'ready' })
