import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { closeServer, listenOn, urlOf } from './listen.ts'

test('connections that carry nothing, opened ahead or kept, do not hold up the end', async () => {
  const server = await listenOn('127.0.0.1:0', (_request, response) => response.end())
  const { port } = new URL(urlOf(server))
  const ahead = connect(Number(port), '127.0.0.1')
  await Promise.all([once(ahead, 'connect'), once(server, 'connection')])
  const agent = new Agent({ keepAlive: true })
  const [kept] = await once(request(urlOf(server), { agent }).end(), 'response')
  kept.resume()
  await once(kept, 'end')
  const grace = 60_000
  await closeServer(server, grace)
  expect(server.listening).toBe(false)
  agent.destroy()
})
