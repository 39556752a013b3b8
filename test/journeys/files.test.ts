// Files are shared between the agent's tools and the API, and neither overwrites what the other has just written.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Product, startProduct } from '../wire/product.ts'
import { Visitor } from './visitor.ts'

let product: Product
let visitor: Visitor
beforeAll(async () => {
  product = await startProduct()
  visitor = new Visitor(product.url)
})
afterAll(() => product.close())

test('what a tool wrote is there with its event, and what the user wrote is what the next tool reads', async () => {
  const chat = await visitor.openSession({ initial_files: [{ path: '/plan.md', content: 'A plan', encoding: 'text' }] })
  await chat.say('Write "Hi" to a.txt and then list the files')
  const written = await chat.event('file.written')
  expect(written.data).toMatchObject({ path: '/workspace/a.txt', operation: 'write', created: true })
  expect((await chat.ask('GET', '/fs/a.txt')).body.content).toBe('Hi')
  await chat.event('session.idled')
  expect((await chat.said()).at(-1)).toMatch(/a\.txt.*plan\.md/s)
  await visitor.must('PUT', `/workspaces/${chat.workspaceId}/fs/a.txt`, { content: 'From the user' })
  await chat.say('Read a.txt')
  await chat.event('session.idled', 2)
  expect((await chat.said()).at(-1)).toContain('From the user')
})

test('an edit that races with a PUT never makes the PUT vanish', async () => {
  const chat = await visitor.openSession()
  const path = `/workspaces/${chat.workspaceId}/fs/race.txt`
  await visitor.must('POST', path, { content: '' })
  const edits = [{ old_text: 'old', new_text: 'new' }]
  for (let round = 1; round <= 8; round += 1) {
    const content = `${round}: old`
    await visitor.must('PUT', path, { content })
    const expected_hash = `sha256:${createHash('sha256').update(content).digest('hex')}`
    const edit = { name: 'edit_file', arguments: { path: '/workspace/race.txt', expected_hash, edits } }
    await chat.script([{ tool_calls: [edit] }, 'done'])
    await visitor.must('PUT', path, { content: `${round}: put` })
    await chat.event('session.idled', round)
    expect((await visitor.must('GET', path)).content).toBe(`${round}: put`)
  }
})

test('a secret is stored sealed, listed by name, and readable for the tool', async () => {
  const chat = await visitor.openSession()
  expect((await chat.ask('PUT', '/storage/secrets', { secrets: { TOKEN: 'hush' } })).body).toEqual({ count: 1 })
  expect(JSON.stringify((await chat.ask('GET', '/storage/secrets')).body)).not.toContain('hush')
  await chat.script([
    { tool_calls: [{ name: 'secret_store', arguments: { operation: 'get', name: 'TOKEN' } }] },
    '{{tool_result}}',
  ])
  await chat.event('session.idled')
  expect((await chat.said()).at(-1)).toContain('hush')
})
