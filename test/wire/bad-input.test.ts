// Whatever is sent to whichever operation: an answer of our own making, never a 5xx, never a hang, never an echo of secrets.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operations } from '../../src/resources/index.ts'
import { routesOf } from '../../src/server/places.ts'
import { type Product, startProduct } from './product.ts'

let product: Product
/** Ids of things that exist, by the path parameter that takes them. */
const existing: Record<string, string> = {}

beforeAll(async () => {
  product = await startProduct()
  const create = async (path: string, body: unknown) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${product.url}/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    return JSON.parse(await response.text()).id as string
  }
  existing.session_id = await create('/sessions', {})
  existing.agent_id = await create('/agents', { name: 'bad-input', system_prompt: 'x' })
  existing.workspace_id = await create('/workspaces', { name: 'bad-input' })
})
afterAll(() => product.close())

const strange: unknown[] = [
  null,
  '',
  'x',
  '\u0000',
  '\ud800',
  '\u202eRTL\u200d👩‍👩‍👧',
  '../../etc/passwd',
  "'; drop table sessions; --",
  0,
  -0,
  -1,
  1.5,
  2 ** 53 + 1,
  1e308,
  true,
  [],
  [[]],
  [null],
  {},
  { constructor: { prototype: 1 } },
  { text: { type: 'text' } },
]

const rawBodies: [string, string | Uint8Array<ArrayBuffer>][] = [
  ['nothing', ''],
  ['null', 'null'],
  ['a number', '1e309'],
  ['NaN', 'NaN'],
  ['a string', '"x"'],
  ['cut', '{"name":'],
  ['trailing', '{}{}'],
  ['doubled keys', '{"name":"a","name":7}'],
  ['prototype', '{"__proto__":{"name":"x"},"constructor":{}}'],
  ['BOM', '\ufeff{}'],
  ['bad UTF-8', new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d])],
  ['deep', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
  ['wide', `{"name":[${'0,'.repeat(20_000)}0]}`],
  ['long', JSON.stringify({ name: 'x'.repeat(2_000_000), system_prompt: 'y'.repeat(2_000_000), title: 'z'.repeat(2_000_000) })],
]

const strangeIds = [
  'x',
  'X%20Y',
  '%2e%2e%2f',
  `session_${'0'.repeat(31)}`,
  `AGENT_${'0'.repeat(32)}`,
  `agent_${'f'.repeat(32)}`,
  'ü',
  "'",
  'a'.repeat(3_000),
]
const strangeQueries = [
  'limit=-1',
  'limit=1e99',
  'limit=',
  'offset=99999999999999',
  'offset=x',
  'search=%00',
  'search=%25_\\',
  'a[]=1&a=2&a=3',
  `search=${'x'.repeat(7_000)}`,
]

interface Route {
  name: string
  method: string
  path: string
  fields: string[]
}

const routes: Route[] = operations
  .filter((operation) => operation.produces !== 'text/event-stream')
  .flatMap((operation) =>
    routesOf(operation).map((route) => {
      const [method = '', path = ''] = route.split(' ')
      return {
        name: operation.name,
        method,
        path,
        fields: Object.keys(operation.input.shape ?? operation.input.def?.out?.shape ?? {}),
      }
    }),
  )

const parameter = /\{(\w+)\*?\}/g
const filled = (path: string, id: (name: string) => string): string => path.replace(parameter, (_, name: string) => id(name))
const known = (name: string): string => existing[name] ?? 'nothing-here'

/** Sends, and answers with what is wrong with the answer, if anything is. */
async function complaint(method: string, path: string, body?: string | Uint8Array<ArrayBuffer>): Promise<string | null> {
  const response = await fetch(`${product.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(5_000),
    ...(body === undefined || method === 'GET' ? {} : { body }),
  })
  const text = await response.text()
  const what = `${method} ${path.slice(0, 120)} ${String(body).slice(0, 80)} → ${response.status} ${text.slice(0, 200)}`
  if (response.status >= 500) return what
  if (response.status < 400) return null
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) return `not a problem: ${what}`
  return JSON.parse(text).error?.code ? null : `no error object: ${what}`
}

let made = 0
/** What lets a body through as far as its strange field. */
function fitting(fields: readonly string[]): Record<string, string> {
  made += 1
  const fits: Record<string, string> = { name: `bad-input-${made}`, system_prompt: 'x', content: 'x', provider_type: 'llmsim' }
  return Object.fromEntries(Object.entries(fits).filter(([field]) => fields.includes(field)))
}

const none = (found: (string | null)[]): void => expect(found.filter(Boolean)).toEqual([])
/** Creating and changing only: what deletes or starts something is left alone, so that the others keep their things. */
const writes = routes.filter((route) => route.method !== 'GET' && route.method !== 'DELETE')

test('bodies that are no bodies', async () => {
  for (const { method, path } of writes) {
    for (const [, body] of rawBodies) none([await complaint(method, filled(path, known), body)])
  }
}, 120_000)

test('every field with every strange value', async () => {
  for (const { method, path, fields } of writes) {
    const bodies = fields.flatMap((field) => strange.map((value) => JSON.stringify({ ...fitting(fields), [field]: value })))
    none(await Promise.all(bodies.map((body) => complaint(method, filled(path, known), body))))
  }
}, 120_000)

test('messages with strange insides', async () => {
  const path = `/v1/sessions/${existing.session_id}/messages`
  const insides = strange.flatMap((value) => [
    { message: { content: value } },
    { message: { role: value, content: [{ type: 'text', text: 'x' }] } },
    { message: { content: [value] } },
    { message: { content: [{ type: 'text', text: value }] } },
    { message: { content: [{ type: 'image', url: value, base64: value, media_type: value }] } },
    { message: { content: [{ type: 'text', text: 'x' }] }, controls: value },
    { message: { content: [{ type: 'text', text: 'x' }] }, controls: { model_id: value, reasoning: { effort: value } } },
    { message: { content: [{ type: 'text', text: 'x' }] }, metadata: { [String(value)]: value }, tags: [value] },
  ])
  none(await Promise.all(insides.map((body) => complaint('POST', path, JSON.stringify(body)))))
}, 120_000)

test('strange ids in every path', async () => {
  for (const { method, path } of routes.filter((route) => route.path.includes('{'))) {
    none(
      await Promise.all(
        strangeIds.map((id) =>
          complaint(
            method,
            filled(path, () => id),
            '{}',
          ),
        ),
      ),
    )
  }
}, 120_000)

test('strange queries on everything that reads', async () => {
  for (const { path, fields } of routes.filter((route) => route.method === 'GET')) {
    const byField = fields.flatMap((field) =>
      ['-1', 'x', '', '%00', '9'.repeat(30), `${field}&${field}=y`].map((value) => `${field}=${value}`),
    )
    none(await Promise.all([...strangeQueries, ...byField].map((query) => complaint('GET', `${filled(path, known)}?${query}`))))
  }
}, 120_000)
