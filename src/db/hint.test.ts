import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../test/support/cluster.ts'
import { type Hint, openHint } from './hint.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

/** Collects what a channel says (null: something may have been missed) and waits for what a test needs of it. */
function ear(hint: Hint, channel: string) {
  const heard: (string | null)[] = []
  const waiting = new Set<() => void>()
  const hear = (payload: string | null) => {
    heard.push(payload)
    for (const check of waiting) check()
  }
  const stop = hint.subscribe(channel, { receive: hear, missed: () => hear(null) })
  const until = (done: (heard: (string | null)[]) => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!done(heard)) return
        waiting.delete(check)
        resolve()
      }
      waiting.add(check)
      check()
    })
  return { heard, stop, until, listening: () => until((all) => all.includes(null)) }
}

test('what one process says another one hears, once per payload of a burst', async () => {
  const [speaker, listener] = [openHint({ url: database.url }), openHint({ url: database.url })]
  const tasks = ear(listener, 'tasks')
  const own = ear(speaker, 'tasks')
  await Promise.all([tasks.listening(), own.listening()])
  for (const payload of ['a', 'b', 'a', 'a']) speaker.publish('tasks', payload)
  speaker.publish('elsewhere', 'c')
  await Promise.all([tasks.until((heard) => heard.includes('b')), own.until((heard) => heard.includes('b'))])
  expect(tasks.heard).toEqual([null, 'a', 'b'])
  await Promise.all([speaker.close(), listener.close()])
})

test('after a broken connection the listener is told that it may have missed something, and hears again', async () => {
  const hint = openHint({ url: database.url })
  const events = ear(hint, 'events')
  await events.listening()
  const admin = new pg.Client({ connectionString: database.url })
  await admin.connect()
  await admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'everruns hints'`,
  )
  await events.until((heard) => heard.filter((payload) => payload === null).length === 2)
  await admin.query(`notify events, 'after'`)
  await events.until((heard) => heard.includes('after'))
  await admin.end()
  await hint.close()
})

/** A door in front of the server that can go silent without closing anything, as a network does. */
async function silenceableDoor(url: string) {
  const target = new pg.Client({ connectionString: url })
  let silent = false
  const sockets: Socket[] = []
  const server = createServer((near) => {
    const far = target.host.startsWith('/')
      ? connect(`${target.host}/.s.PGSQL.${target.port}`)
      : connect(target.port, target.host)
    sockets.push(near, far)
    near.on('error', () => {})
    far.on('error', () => {})
    const dead = () => silent && sockets.indexOf(near) === 0
    near.on('data', (bytes) => dead() || far.write(bytes))
    far.on('data', (bytes) => dead() || near.write(bytes))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const throughDoor = new URL(url)
  throughDoor.search = ''
  throughDoor.hostname = '127.0.0.1'
  // A listening TCP server has an address with a port.
  throughDoor.port = String((server.address() as AddressInfo).port)
  return {
    url: throughDoor.toString(),
    silenceFirst: () => {
      silent = true
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

test('a connection that went silent is found out and replaced', async () => {
  const door = await silenceableDoor(database.url)
  const hint = openHint({ url: door.url, checkMs: 300 })
  const events = ear(hint, 'events')
  await events.listening()
  door.silenceFirst()
  await events.until((heard) => heard.filter((payload) => payload === null).length === 2)
  hint.publish('events', 'again')
  await events.until((heard) => heard.includes('again'))
  await hint.close()
  door.close()
})

test('who stopped listening hears nothing; too long a hint is refused', async () => {
  const hint = openHint({ url: database.url })
  const [first, second] = [ear(hint, 'tasks'), ear(hint, 'tasks')]
  await Promise.all([first.listening(), second.listening()])
  first.stop()
  hint.publish('tasks', 'x')
  await second.until((heard) => heard.includes('x'))
  expect(first.heard).not.toContain('x')
  expect(() => hint.publish('tasks', 'x'.repeat(7_900))).toThrow(/too long/)
  await hint.close()
})

test('without a server nothing is thrown, and closing ends the attempts', async () => {
  const hint = openHint({ url: 'postgres://x@localhost/x?host=/nowhere/at/all' })
  hint.publish('tasks', 'x')
  hint.subscribe('tasks', { receive: () => {}, missed: () => {} })
  await hint.close()
})
