import { expect, test } from 'vitest'
import { globTest } from './glob.ts'
import { shownPath, treePath } from './paths.ts'

test.each([
  ['', '/'],
  ['/', '/'],
  ['/workspace', '/'],
  ['/workspace/', '/'],
  ['foo.txt', '/foo.txt'],
  ['/foo.txt', '/foo.txt'],
  ['/workspace/foo.txt', '/foo.txt'],
  ['//a///b/', '/a/b'],
  ['./a/./b', '/a/b'],
  ['/workspaces/a', '/workspaces/a'],
  ['a\\b', '/a\\b'],
  ['..a/b..', '/..a/b..'],
  ['../a', null],
  ['/a/../b', null],
  ['a\0', null],
])('%j in the tree is %j', (text, path) => {
  expect(treePath(text)).toBe(path)
})

test('paths are shown below /workspace', () => {
  expect(shownPath('/')).toBe('/workspace')
  expect(shownPath('/a/b')).toBe('/workspace/a/b')
})

test.each([
  ['*.txt', '/a.txt', true],
  ['*.txt', '/docs/deep/a.txt', true],
  ['*.txt', '/a.txt.md', false],
  ['docs/*', '/docs/a.md', true],
  ['docs/*', '/docs/deep/a.md', false],
  ['docs/**', '/docs/deep/a.md', true],
  ['/workspace/docs/*.md', '/docs/a.md', true],
  ['**/*.ts', '/a.ts', true],
  ['src/**/x.ts', '/src/x.ts', true],
  ['src/**/x.ts', '/src/a/b/x.ts', true],
  ['src/**/x.ts', '/src/ax.ts', false],
  ['a?.{md,txt}', '/ab.txt', true],
  ['a?.{md,txt}', '/ab.js', false],
  ['a.b', '/axb', false],
  ['[x](y', '/[x](y', true],
])('the glob %s on %s: %s', (glob, path, passes) => {
  expect(globTest(glob)(path)).toBe(passes)
})

test('a glob made to be slow is not', () => {
  expect(globTest(`${'*a'.repeat(40)}b`)(`/${'a'.repeat(200)}`)).toBe(false)
})
