import { describe, expect, test } from 'vitest'
import { callTool, MemoryFiles, toolContext } from '../../../test/support/tool-context.ts'
import type { Tool } from '../../contract/capability.ts'
import { contentHash } from './content.ts'
import { sessionFileSystem } from './index.ts'

const tools = sessionFileSystem.tools as Tool[] // declared as a list in this capability
const call = (name: string, args: unknown, files = new MemoryFiles()) =>
  callTool(
    tools.find((tool) => tool.name === name),
    args,
    toolContext({ files }),
  )
const numbered = (count: number) => Array.from({ length: count }, (_, at) => `line ${at + 1}`).join('\n')

describe('read_file', () => {
  test('numbers the lines and names the content by its hash, whatever way the path is written', async () => {
    const files = new MemoryFiles({ '/docs/a.md': 'one\ntwo\n' })
    for (const path of ['/workspace/docs/a.md', '/docs/a.md', 'docs/a.md']) {
      expect(await call('read_file', { path }, files)).toMatchObject({
        path: '/workspace/docs/a.md',
        content: '1|one\n2|two',
        total_lines: 2,
        lines_shown: { start: 1, end: 2 },
        truncated: false,
        size_bytes: 8,
        content_hash: contentHash('one\ntwo\n', 'text'),
        truncation: { truncated: false, bytes_total: 8 },
      })
    }
  })

  test('stops at 2000 lines and says how to go on', async () => {
    const files = new MemoryFiles({ '/long.txt': numbered(2500) })
    const first = await call('read_file', { path: 'long.txt' }, files)
    expect(first).toMatchObject({ truncated: true, truncation: { reason: 'line_cap', next_offset: 2000 } })
    const rest = await call('read_file', { path: 'long.txt', offset: 2000 }, files)
    expect(rest).toMatchObject({ lines_shown: { start: 2001, end: 2500 }, truncated: false })
  })

  test('reads a log from its end, unless told where to begin', async () => {
    const files = new MemoryFiles({ '/app.log': numbered(700) })
    expect(await call('read_file', { path: 'app.log' }, files)).toMatchObject({
      content_type: 'log',
      read_mode: 'tail',
      lines_shown: { start: 201, end: 700 },
      truncation: { truncated: true, next_offset: 0 },
    })
    const head = await call('read_file', { path: 'app.log', offset: 0, limit: 3 }, files)
    expect(head).toMatchObject({ lines_shown: { start: 1, end: 3 } })
    expect(head).not.toHaveProperty('read_mode')
  })

  test('repeats the header row of a table on later pages', async () => {
    const files = new MemoryFiles({ '/t.csv': `name,age\n${numbered(300)}` })
    expect(await call('read_file', { path: 't.csv', offset: 150, limit: 2 }, files)).toMatchObject({
      content_type: 'csv',
      content: '1|name,age\n151|line 150\n152|line 151',
    })
    expect(await call('read_file', { path: 't.csv' }, files)).toMatchObject({ lines_shown: { start: 1, end: 100 } })
  })

  test('shows twenty lines of minified code and only the facts of binary files', async () => {
    const files = new MemoryFiles({
      '/a.min.js': numbered(30),
      '/b.png': { content: 'AAAA', encoding: 'base64' },
      '/c.zip': 'text?',
    })
    expect(await call('read_file', { path: 'a.min.js' }, files)).toMatchObject({
      content_type: 'minified',
      lines_shown: { end: 20 },
    })
    const image = await call('read_file', { path: 'b.png' }, files)
    expect(image).toEqual({
      path: '/workspace/b.png',
      media_type: 'image/png',
      size_bytes: 3,
      content_hash: contentHash('AAAA', 'base64'),
    })
    expect(await call('read_file', { path: 'c.zip' }, files)).not.toHaveProperty('content')
  })

  test('never gives more than 50 KB, even of a single line', async () => {
    const files = new MemoryFiles({
      '/wide.txt': `${'ü'.repeat(60_000)}\nend`,
      '/many.txt': 'x'.repeat(99).concat('\n').repeat(1000),
    })
    const wide = await call('read_file', { path: 'wide.txt' }, files)
    expect(Buffer.byteLength(JSON.stringify(wide))).toBeLessThan(53_000)
    expect(wide).toMatchObject({ truncation: { reason: 'size_cap', next_offset: 1 } })
    const many = await call('read_file', { path: 'many.txt' }, files)
    expect(many).toMatchObject({ truncated: true, truncation: { reason: 'size_cap' } })
  })

  test('an empty file has no lines', async () => {
    expect(await call('read_file', { path: 'e' }, new MemoryFiles({ '/e': '' }))).toMatchObject({
      content: '',
      total_lines: 0,
      lines_shown: { start: 0, end: 0 },
      truncated: false,
    })
  })

  test('refuses what is no file', async () => {
    const files = new MemoryFiles({ '/docs/a.md': 'x' })
    await expect(call('read_file', { path: 'nope' }, files)).rejects.toThrow('File not found: /workspace/nope')
    await expect(call('read_file', { path: 'docs' }, files)).rejects.toThrow('list_directory')
    await expect(call('read_file', { path: '/' }, files)).rejects.toThrow('list_directory')
    await expect(call('read_file', { path: '../etc/passwd' }, files)).rejects.toThrow('Invalid path')
    await expect(call('read_file', { path: 'a\0b' }, files)).rejects.toThrow('Invalid path')
    await expect(call('read_file', { path: 'docs/a.md', limit: 0 }, files)).rejects.toThrow('>=1')
  })
})

test('read_many_files answers file by file, in order, errors among them', async () => {
  const files = new MemoryFiles({ '/a': 'A', '/b': 'B' })
  expect(await call('read_many_files', { paths: ['b', 'nope', '/workspace/a', '../x'] }, files)).toMatchObject({
    files: [
      { path: '/workspace/b', content: '1|B' },
      { path: '/workspace/nope', error: 'File not found: /workspace/nope' },
      { path: '/workspace/a', content: '1|A' },
      { path: '../x', error: expect.stringContaining('Invalid path') },
    ],
    success_count: 2,
    error_count: 2,
  })
})

describe('write_file', () => {
  test('creates parents, tells a new file from a replaced one, and can be read back', async () => {
    const files = new MemoryFiles()
    const first = await call('write_file', { path: 'x/y/z.txt', content: 'hé' }, files)
    expect(first).toEqual({ path: '/workspace/x/y/z.txt', size_bytes: 3, created: true, content_hash: contentHash('hé', 'text') })
    expect(await call('write_file', { path: '/x/y/z.txt', content: 'a' }, files)).toMatchObject({ created: false })
    expect((await files.stat('/x/y'))?.isDirectory).toBe(true)
  })

  test('takes base64 for binary and refuses what cannot be stored', async () => {
    const files = new MemoryFiles({ '/ro': { content: 'x', isReadonly: true }, '/dir/f': '' })
    expect(await call('write_file', { path: 'b', content: 'AAEC', encoding: 'base64' }, files)).toMatchObject({ size_bytes: 3 })
    await expect(call('write_file', { path: 'b', content: '!!', encoding: 'base64' }, files)).rejects.toThrow('not valid base64')
    await expect(call('write_file', { path: 't', content: 'a\0' }, files)).rejects.toThrow('NUL')
    await expect(call('write_file', { path: 'ro', content: 'a' }, files)).rejects.toThrow('read-only')
    await expect(call('write_file', { path: 'dir', content: 'a' }, files)).rejects.toThrow('is a directory')
  })
})

describe('list_directory', () => {
  test('pages through the direct children', async () => {
    const files = new MemoryFiles({ '/b/c': 'x', '/a.txt': 'hello', '/z.txt': { content: '', isReadonly: true } })
    expect(await call('list_directory', {}, files)).toMatchObject({
      path: '/workspace',
      entries: [
        { name: 'a.txt', path: '/workspace/a.txt', is_directory: false, size_bytes: 5, is_readonly: false },
        { name: 'b', is_directory: true },
        { name: 'z.txt', is_readonly: true },
      ],
      count: 3,
      total_count: 3,
      truncation: { truncated: false },
    })
    expect(await call('list_directory', { offset: 1, limit: 1 }, files)).toMatchObject({
      entries: [{ name: 'b' }],
      truncation: { truncated: true, reason: 'item_cap', next_offset: 2 },
    })
  })

  test('knows the empty workspace and refuses files and what is not there', async () => {
    expect(await call('list_directory', {})).toMatchObject({ entries: [], count: 0 })
    const files = new MemoryFiles({ '/a': 'x' })
    await expect(call('list_directory', { path: 'a' }, files)).rejects.toThrow('Not a directory')
    await expect(call('list_directory', { path: 'b' }, files)).rejects.toThrow('Directory not found')
  })
})

describe('grep_files', () => {
  const files = new MemoryFiles({
    '/docs/a.md': 'alpha\nbeta\ngamma\nBETA\n',
    '/b.txt': 'beta carotene',
    '/i.png': { content: 'YmV0YQ==', encoding: 'base64' },
  })

  test('finds lines in text files, file by file', async () => {
    expect(await call('grep_files', { pattern: '^b.ta' }, files)).toMatchObject({
      matches: [
        { path: '/workspace/b.txt', line_number: 1, line: 'beta carotene' },
        { path: '/workspace/docs/a.md', line_number: 2, line: 'beta' },
      ],
      match_count: 2,
      total_matches: 2,
      truncation: { truncated: false },
    })
  })

  test('narrows by glob, ignores case on request, and pages', async () => {
    expect(await call('grep_files', { pattern: '(?i)beta', path_pattern: '*.md' }, files)).toMatchObject({ total_matches: 2 })
    expect(await call('grep_files', { pattern: 'beta', path_pattern: 'docs/*' }, files)).toMatchObject({ total_matches: 1 })
    expect(await call('grep_files', { pattern: '(?i)beta', limit: 2 }, files)).toMatchObject({
      match_count: 2,
      total_matches: 3,
      truncation: { next_offset: 2, reason: 'item_cap' },
    })
  })

  test('merges matches whose context touches', async () => {
    const context = { pattern: '(?i)beta', path_pattern: '*.md', before_context: 1, after_context: 1 }
    expect(await call('grep_files', context, files)).toMatchObject({
      blocks: [
        {
          path: '/workspace/docs/a.md',
          lines: [
            { line_number: 1, line: 'alpha', is_match: false },
            { line_number: 2, line: 'beta', is_match: true },
            { line_number: 3, line: 'gamma', is_match: false },
            { line_number: 4, line: 'BETA', is_match: true },
          ],
        },
      ],
      match_count: 2,
    })
  })

  test('refuses a broken expression and gives up on one that would run for ever', async () => {
    await expect(call('grep_files', { pattern: '(' }, files)).rejects.toThrow('Invalid regex')
    const trap = new MemoryFiles({ '/t': `${'a'.repeat(40)}!` })
    await expect(call('grep_files', { pattern: '^(a+)+$' }, trap)).rejects.toThrow('took too long')
  })
})

describe('delete_file and stat_file', () => {
  test('delete needs to be told before it empties a directory', async () => {
    const files = new MemoryFiles({ '/d/a': 'x', '/f': 'x', '/ro': { isReadonly: true } })
    await expect(call('delete_file', { path: 'd' }, files)).rejects.toThrow('not empty')
    expect(await call('delete_file', { path: 'd', recursive: true }, files)).toEqual({ path: '/workspace/d', deleted: true })
    expect(await call('delete_file', { path: 'f' }, files)).toEqual({ path: '/workspace/f', deleted: true })
    await expect(call('delete_file', { path: 'f' }, files)).rejects.toThrow('File not found')
    await expect(call('delete_file', { path: 'ro' }, files)).rejects.toThrow('read-only')
    await expect(call('delete_file', { path: '/workspace', recursive: true }, files)).rejects.toThrow('cannot be deleted')
  })

  test('stat answers also for what is not there', async () => {
    const files = new MemoryFiles({ '/d/a': 'xyz' })
    expect(await call('stat_file', { path: 'd/a' }, files)).toMatchObject({
      name: 'a',
      exists: true,
      is_directory: false,
      size_bytes: 3,
    })
    expect(await call('stat_file', { path: 'nope' }, files)).toEqual({ path: '/workspace/nope', exists: false })
    expect(await call('stat_file', { path: '/workspace' }, files)).toMatchObject({
      name: 'workspace',
      exists: true,
      is_directory: true,
    })
  })
})
