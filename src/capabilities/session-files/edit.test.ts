import { expect, test } from 'vitest'
import { callTool, MemoryFiles, toolContext } from '../../../test/support/tool-context.ts'
import { contentHash } from './content.ts'
import { editFile } from './edit.ts'

const edit = (old_text: string, new_text: string) => ({ old_text, new_text })

/** Edits a file with this content; answers with the result and the file afterwards. */
async function editing(content: string, given: object, hash = contentHash(content, 'text')) {
  const files = new MemoryFiles({ '/f.txt': content })
  const result = await callTool(editFile, { path: 'f.txt', expected_hash: hash, ...given }, toolContext({ files }))
  return { result, after: (await files.read('/f.txt'))?.content }
}

test('replaces exact text and reports what changed', async () => {
  const { result, after } = await editing('a\nb\nc\nd\ne\nf\ng\nh\n', { edits: [edit('b\n', 'B\nBB\n'), edit('h', 'H')] })
  expect(after).toBe('a\nB\nBB\nc\nd\ne\nf\ng\nH\n')
  expect(result).toEqual({
    path: '/workspace/f.txt',
    size_bytes: 19,
    content_hash: contentHash(after ?? '', 'text'),
    previous_content_hash: contentHash('a\nb\nc\nd\ne\nf\ng\nh\n', 'text'),
    applied_edits: 2,
    first_changed_line: 2,
    diff: '@@ -1,4 +1,5 @@\n a\n-b\n+B\n+BB\n c\n d\n@@ -6,4 +7,4 @@\n f\n g\n-h\n+H\n ',
    diff_truncated: false,
  })
})

test('keeps the byte order mark, the newline style and every byte it does not touch', async () => {
  const { after } = await editing('\ufeffone\r\ntwo\r\nthree\nfour\r\n', { edits: [edit('two\nthree', 'TWO\nAND\nTHREE')] })
  expect(after).toBe('\ufeffone\r\nTWO\r\nAND\r\nTHREE\nfour\r\n')
  expect((await editing('a\rb\rc', { edits: [edit('a\nb', 'A\r\nB')] })).after).toBe('A\rB\rc')
})

test('all edits are matched against the file as it was', async () => {
  expect((await editing('x y', { edits: [edit('y', 'x'), edit('x', 'y')] })).after).toBe('y x')
})

test('an edit must fit exactly once, and edits may not overlap', async () => {
  await expect(editing('abc', { edits: [edit('z', '')] })).rejects.toThrow('no exact match')
  await expect(editing('aa', { edits: [edit('a', 'b')] })).rejects.toThrow('ambiguous match')
  await expect(editing('abc', { edits: [edit('ab', '1'), edit('bc', '2')] })).rejects.toThrow('overlapping')
})

test('a stale hash is forgiven when the edit still fits, else the model must read again', async () => {
  expect((await editing('new\nkeep', { edits: [edit('keep', 'kept')] }, 'sha256:0')).after).toBe('new\nkept')
  await expect(editing('new', { edits: [edit('old', 'x')] }, 'sha256:0')).rejects.toThrow(
    /changed since you last read it.*Read it again/,
  )
})

test('understands one edit given beside the list, and drops repeated ones', async () => {
  expect((await editing('a b', { ...edit('a', 'A') })).after).toBe('A b')
  expect((await editing('a b', { edits: [edit('a', 'A'), edit('a', 'A')], ...edit('b', 'B') })).after).toBe('A B')
  expect((await editing('a b', { edits: [edit('a', 'A')], ...edit('', '') })).after).toBe('A b')
  await expect(editing('a b', {})).rejects.toThrow('edits')
})

test('edits of one line share a change, and a long diff is cut', async () => {
  expect((await editing('a b c', { edits: [edit('a', 'A'), edit('c', 'C')] })).result).toMatchObject({
    diff: '@@ -1,1 +1,1 @@\n-a b c\n+A b C',
  })
  const { result } = await editing('x', { edits: [edit('x', 'y'.repeat(20_000))] })
  expect(result).toMatchObject({ diff_truncated: true })
})

test('refuses binary, read-only and missing files', async () => {
  const files = new MemoryFiles({ '/b': { content: 'AAAA', encoding: 'base64' }, '/ro': { content: 'x', isReadonly: true } })
  const call = (path: string) => callTool(editFile, { path, expected_hash: 'x', edits: [edit('x', 'y')] }, toolContext({ files }))
  await expect(call('b')).rejects.toThrow('Not a text file')
  await expect(call('ro')).rejects.toThrow('read-only')
  await expect(call('nope')).rejects.toThrow('File not found')
})
