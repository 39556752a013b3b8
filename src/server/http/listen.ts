// The sockets: any number of addresses in front of one router, opened and closed together.
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Problem } from '../../contract/problem.ts'
import { problemBody, problemType } from './problem.ts'

const maxHeaderBytes = 32 * 1024

/** Serves `route` on `host:port` (`[::1]:9000` for IPv6; port 0 = any). Rejects with Node's error when the address is taken. */
export function listenOn(address: string, route: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer({ maxHeaderSize: maxHeaderBytes, noDelay: true }, route)
  server.on('clientError', refuseUnreadable)
  watchUnused(server)
  const { host, port } = splitAddress(address)
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve(server))
  })
}

/** `http://127.0.0.1:9000`, with the port that was really opened. */
export function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo // a TCP server that listens has one
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

/** Connections without a request so far: browsers open them ahead. Node does not count them as idle. */
const unused = new WeakMap<Server, Set<Socket>>()

function watchUnused(server: Server): void {
  const sockets = new Set<Socket>()
  unused.set(server, sockets)
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('request', (request) => sockets.delete(request.socket))
}

/** Takes no more connections, lets running requests end, and cuts what is still there after `graceMs`. */
export function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
    for (const socket of unused.get(server) ?? []) socket.destroy()
  })
}

function splitAddress(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(':')
  return { host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)) }
}

/** Bytes that are no request, or headers beyond the limit: there is no request to answer, so the answer is written by hand. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const tooLong = error.code === 'HPE_HEADER_OVERFLOW'
  const problem = new Problem('bad_request', tooLong ? 'The headers are larger than 32 KB' : 'This is not an HTTP request')
  const requestId = randomUUID()
  const body = problemBody(problem, '', requestId)
  const lines = ['HTTP/1.1 400 Bad Request', `Content-Type: ${problemType}`, `Content-Length: ${Buffer.byteLength(body)}`]
  socket.end([...lines, `X-Request-Id: ${requestId}`, 'Connection: close', '', body].join('\r\n'))
}
