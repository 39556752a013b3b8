import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { Connections } from './connections.ts'

test('who comes when there is no room is known, and a place that was left is free again', async () => {
  const connections = new Connections(1)
  const server = createServer((asked, response) => response.end(String(connections.isSurplus(asked.socket))))
  connections.watch(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  const first = connect(port, '127.0.0.1')
  const [there] = (await once(server, 'connection')) as [Socket] // what the event carries
  const ask = async (): Promise<string> => {
    const [response] = await once(request({ port, host: '127.0.0.1', agent: false }).end(), 'response')
    return String((await response.toArray())[0])
  }
  expect(await ask()).toBe('true')
  first.destroy()
  await once(there, 'close')
  expect(await ask()).toBe('false')
  server.close()
})
