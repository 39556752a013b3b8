import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, test } from 'vitest'
import { z } from 'zod'
import { openReplica, type Replica, sessionLog } from '../../../test/support/door.ts'
import { operation } from '../../resources/context.ts'

const take = operation({
  name: 'take',
  route: 'POST /v1/take',
  tag: 'test',
  summary: 'Take anything.',
  class: 'write',
  needs: 'test.manage',
  input: z.looseObject({}),
  output: z.any(),
  run: async () => ({}),
})

let log: Awaited<ReturnType<typeof sessionLog>>
let replica: Replica
let url: string
beforeAll(async () => {
  log = await sessionLog()
  replica = await openReplica({ url: log.url, operations: [take] })
  url = await replica.http.listen('127.0.0.1:0')
})
afterAll(async () => {
  await replica.close()
  await log.close()
})

test('a client that is still sending a body too large sees the refusal, not a broken connection', async () => {
  const { port } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  const text = answersOn(socket)
  const [pieces, piece] = [20, Buffer.alloc(1024 * 1024, 'x')]
  socket.write(
    `POST /v1/take HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${pieces * piece.length}\r\n\r\n`,
  )
  await text('413 Payload Too Large')
  for (let sent = 0; sent < pieces; sent += 1) if (!socket.write(piece)) await once(socket, 'drain')
  socket.write('GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  await text('200 OK')
  socket.destroy()
})

/** Waits until what came so far holds the text. */
function answersOn(socket: Socket): (wanted: string) => Promise<void> {
  let got = ''
  socket.on('data', (bytes) => {
    got += bytes
  })
  return async (wanted) => {
    while (!got.includes(wanted)) await once(socket, 'data')
  }
}
