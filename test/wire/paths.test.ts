// What the published contract has and we lack. The list may only shrink: a line that is built must be taken out.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { operations } from '../../src/resources/index.ts'
import { routesOf } from '../../src/server/places.ts'

const linesOf = (file: string): string[] =>
  readFileSync(join(import.meta.dirname, file), 'utf8')
    .split('\n')
    .filter(Boolean)

/** `METHOD path operationId`; the names of path parameters do not matter to a client. */
const nameless = (line: string): string => line.replace(/\{\w+\*?\}/g, '{}')

const ours = new Set(
  operations.flatMap((operation) => routesOf(operation).map((route) => nameless(`${route} ${operation.name}`))),
)
const missing = linesOf('paths.txt').filter((line) => !ours.has(nameless(line)))

test('what we lack of the contract is what the list says', () => {
  expect(missing).toEqual(linesOf('missing-paths.txt'))
})

test('no two operations have a name or an address in common', () => {
  const names = operations.map((operation) => operation.name)
  const routes = operations.flatMap(routesOf).map(nameless)
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  expect(routes.filter((route, index) => routes.indexOf(route) !== index)).toEqual([])
})
