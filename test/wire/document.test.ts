// The document of the whole API.
import { expect, test } from 'vitest'
import { operations } from '../../src/resources/index.ts'
import { openApiDocument } from '../../src/server/openapi.ts'

const text = JSON.stringify(openApiDocument(operations))
const document = JSON.parse(text)

test('every reference leads somewhere', () => {
  const refs = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path)
  const lost = refs.filter((path) => path.split('/').reduce((at, key) => at?.[key], document) === undefined)
  expect([...new Set(lost)]).toEqual([])
})

test('every operation has an id of its own, a summary, a permission and a success', () => {
  // biome-ignore lint/suspicious/noExplicitAny: a document is looked at freely here
  const all = Object.values<any>(document.paths).flatMap((item) => Object.values<any>(item))
  const ids = all.map((operation) => operation.operationId)
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
  for (const operation of all) {
    expect(operation.summary, operation.operationId).toMatch(/\.$/)
    expect(operation['x-permission'], operation.operationId).toMatch(/^(public|[a-z_]+\.(view|manage|dangerous))$/)
    expect(Object.keys(operation.responses).some((status) => status.startsWith('2'))).toBe(true)
  }
})

test('making it twice gives the same text', () => {
  expect(JSON.stringify(openApiDocument(operations))).toBe(text)
})
