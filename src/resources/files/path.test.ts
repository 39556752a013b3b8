import { expect, test } from 'vitest'
import { ancestorsOf, checkedEntryPath, checkedPath, nameOf } from './path.ts'

test.each([
  ['', '/'],
  ['/', '/'],
  ['/workspace', '/'],
  ['/workspace/', '/'],
  ['foo.txt', '/foo.txt'],
  ['/foo.txt', '/foo.txt'],
  ['/workspace/a/b', '/a/b'],
  ['workspace/a', '/a'],
  ['/workspace/workspace/a', '/workspace/a'],
  ['/a/b/', '/a/b'],
  ['a\\b', '/a\\b'],
  ['/ünï/🙂', '/ünï/🙂'],
  ['/..a', '/..a'],
  ['/_x', '/_x'],
])('%j is the path %s', (text, path) => {
  expect(checkedPath(text)).toBe(path)
})

test.each(['/../etc', '..', 'a/../b', 'a//b', '//a', 'a\0b', 'a\ufffdb', '_/x', '/workspace/_/x', '/_'])(
  '%j is refused',
  (text) => {
    expect(() => checkedPath(text)).toThrow(expect.objectContaining({ kind: 'bad_request' }))
  },
)

test('a path longer than the index takes is refused without naming it', () => {
  expect(() => checkedPath('x'.repeat(1100))).toThrow('Input exceeds allowed limits')
})

test('the root is no entry', () => {
  expect(() => checkedEntryPath('/workspace')).toThrow(expect.objectContaining({ kind: 'bad_request' }))
})

test('names and ancestors', () => {
  expect([nameOf('/a/b.md'), nameOf('/')]).toEqual(['b.md', '/'])
  expect([ancestorsOf('/a/b/c'), ancestorsOf('/a')]).toEqual([['/a', '/a/b'], []])
})
