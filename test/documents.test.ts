// What the documents say about files and events is so.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { eventTypes } from '../src/contract/events/index.ts'

const root = resolve(import.meta.dirname, '..')
const written = [
  'README.md',
  'CONTRIBUTING.md',
  'src/durable/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name)),
].filter((name) => name.endsWith('.md'))

const textOf = (name: string): string => readFileSync(join(root, name), 'utf8')

test.each(written)('every file that %s links to or names is there', (name) => {
  const links = [...textOf(name).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path = '']) => join(dirname(name), path))
  const named = [...textOf(name).matchAll(/`((?:src|test|docs|scripts|migrations)\/[\w./-]+)`/g)].map(([, path = '']) => path)
  expect([...links, ...named].filter((path) => !existsSync(join(root, path)))).toEqual([])
})

test('docs/events.md has a row for every type of event, and no other', () => {
  const rows = textOf('docs/events.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
  const listed = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([a-z._]+)`/g)].map(([, type]) => type))
  expect(listed.sort()).toEqual(Object.keys(eventTypes).sort())
})
