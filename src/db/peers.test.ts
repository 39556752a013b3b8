import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../test/support/cluster.ts'
import { openHint } from './hint.ts'
import { quietWhenAlone } from './peers.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

const open = () => quietWhenAlone(openHint({ url: database.url }), { everyMs: 50 })

test('what is said while somebody else listens is heard by them', async () => {
  const [one, other] = [open(), open()]
  const heard = new Promise<string>((resolve) => other.subscribe('news', { receive: resolve, missed: () => {} }))
  const saying = setInterval(() => one.publish('news', 'hear this'), 20)
  expect(await heard).toBe('hear this')
  clearInterval(saying)
  await Promise.all([one.close(), other.close()])
})

test('a process that is alone says nothing', async () => {
  const line = openHint({ url: database.url })
  const said: string[] = []
  const spied = {
    ...line,
    publish: (channel: string) => void said.push(channel),
    subscribe: line.subscribe.bind(line),
    close: () => line.close(),
  }
  const quiet = quietWhenAlone(spied)
  await new Promise<void>((resolve) => quiet.subscribe('news', { receive: () => {}, missed: resolve }))
  quiet.publish('news', 'nobody hears this')
  expect(said).not.toContain('news')
  await quiet.close()
})
