// Files through their operations, on a real database.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type OperationHouse, operationHouse } from '../../../test/support/operations.ts'
import { fromWire, toWire } from '../../contract/ids.ts'
import { createSession } from '../sessions/create.ts'
import { createWorkspace } from '../workspaces/create.ts'
import { deleteWorkspace } from '../workspaces/delete.ts'
import { copyFile } from './copy.ts'
import { createPath } from './create.ts'
import { deletePath } from './delete.ts'
import { downloadPath, previewPath } from './download.ts'
import { getPath, getRoot } from './get.ts'
import { grepFiles } from './grep.ts'
import { moveFile } from './move.ts'
import { statFile } from './stat.ts'
import { updatePath } from './update.ts'
import { listSessionFiles, readSessionFile, sessionTextFiles } from './worker.ts'

let house: OperationHouse
let workspace_id: string
let number = 0
beforeAll(async () => {
  house = await operationHouse()
})
beforeEach(async () => {
  number += 1
  workspace_id = (await house.ask(createWorkspace, { name: `w${number}` })).id
})
afterAll(() => house.close())

const put = (path: string, content = 'text', more: { is_readonly?: boolean; encoding?: 'text' | 'base64' } = {}) =>
  house.ask(createPath, { workspace_id, path, content, ...more })
const read = (path: string) => house.ask(getPath, { workspace_id, path })
const pathsIn = async (recursive: boolean, path = '/') => {
  const answered = await house.ask(getPath, { workspace_id, path, recursive })
  return 'data' in answered ? answered.data.map((entry) => entry.path) : []
}

test('a written file is read back, its parents are there', async () => {
  const written = await put('/workspace/notes/today.md', 'hello')
  expect(written).toMatchObject({
    path: '/notes/today.md',
    name: 'today.md',
    size_bytes: 5,
    encoding: 'text',
    is_directory: false,
  })
  expect(written.session_id).toBe(fromWire('workspace', workspace_id))
  expect(await read('notes/today.md')).toEqual(written)
  expect(await pathsIn(false)).toEqual(['/notes'])
  expect(await pathsIn(true)).toEqual(['/notes', '/notes/today.md'])
})

test('a list gives children only, ordered by bytes, and does not mix up names that begin alike', async () => {
  for (const path of ['/b/x', '/a', '/b2', '/B', '/b/sub/deep', '/🙂/x']) await put(path)
  expect(await pathsIn(false)).toEqual(['/B', '/a', '/b', '/b2', '/🙂'])
  expect(await pathsIn(false, '/b')).toEqual(['/b/sub', '/b/x'])
  expect(await pathsIn(true, '/b')).toEqual(['/b/sub', '/b/sub/deep', '/b/x'])
  expect(await pathsIn(false, '/🙂')).toEqual(['/🙂/x'])
})

test('wildcards of SQL are plain characters in paths', async () => {
  for (const path of ['/a%/x', '/ab/x', '/a_/x']) await put(path)
  expect(await pathsIn(true, '/a%')).toEqual(['/a%/x'])
  await house.ask(deletePath, { workspace_id, path: '/a_', recursive: true })
  expect(await pathsIn(false)).toEqual(['/a%', '/ab'])
})

test('binary content keeps its bytes and its encoding', async () => {
  const bytes = Buffer.from([0, 255, 1, 128])
  await put('/b.bin', bytes.toString('base64'), { encoding: 'base64' })
  expect(await read('/b.bin')).toMatchObject({ encoding: 'base64', content: bytes.toString('base64'), size_bytes: 4 })
  const asBytes = await house.answer(getPath, { workspace_id, path: '/b.bin', accept: 'application/octet-stream' })
  expect(asBytes).toMatchObject({ value: bytes, options: { type: 'application/octet-stream' } })
  expect(await house.answer(downloadPath, { workspace_id, path: '/b.bin' })).toMatchObject({ value: bytes })
  await expect(put('/c.bin', 'no base64!', { encoding: 'base64' })).rejects.toMatchObject({ kind: 'bad_request' })
})

test('create refuses what is there, update what is not', async () => {
  await put('/a')
  await expect(put('/a')).rejects.toMatchObject({ kind: 'conflict', code: 'file_exists' })
  await expect(put('/a/b')).rejects.toMatchObject({ kind: 'conflict', code: 'not_a_directory' })
  await expect(house.ask(updatePath, { workspace_id, path: '/b', content: 'x' })).rejects.toMatchObject({ kind: 'not_found' })
  await expect(read('/nowhere')).rejects.toMatchObject({ kind: 'not_found' })
})

test('an update replaces content, or only the read-only mark', async () => {
  await put('/a', 'one')
  expect(await house.ask(updatePath, { workspace_id, path: '/a', content: 'two' })).toMatchObject({
    content: 'two',
    size_bytes: 3,
  })
  expect(await house.ask(updatePath, { workspace_id, path: '/a', is_readonly: true })).toMatchObject({
    content: 'two',
    is_readonly: true,
  })
})

test('what is read-only is neither written, moved nor deleted, also inside a directory', async () => {
  await put('/d/a', 'x', { is_readonly: true })
  const forbidden = { kind: 'forbidden', code: 'file_readonly' }
  await expect(house.ask(updatePath, { workspace_id, path: '/d/a', content: 'y' })).rejects.toMatchObject(forbidden)
  await expect(house.ask(deletePath, { workspace_id, path: '/d', recursive: true })).rejects.toMatchObject(forbidden)
  await expect(house.ask(moveFile, { workspace_id, src_path: '/d', dst_path: '/e' })).rejects.toMatchObject(forbidden)
})

test('delete wants recursive for a full directory and never takes the root', async () => {
  await put('/d/a')
  await expect(house.ask(deletePath, { workspace_id, path: '/d' })).rejects.toMatchObject({ code: 'directory_not_empty' })
  expect(await house.ask(deletePath, { workspace_id, path: '/d', recursive: true })).toEqual({ deleted: true })
  expect(await house.ask(deletePath, { workspace_id, path: '/d' })).toEqual({ deleted: false })
  await expect(house.ask(deletePath, { workspace_id, path: '/', recursive: true })).rejects.toMatchObject({ kind: 'bad_request' })
})

test('a directory moves with all it holds; a copy is one file', async () => {
  await put('/d/sub/a', 'deep')
  expect(await house.ask(moveFile, { workspace_id, src_path: '/d', dst_path: '/new/e' })).toMatchObject({
    path: '/new/e',
    is_directory: true,
  })
  expect(await pathsIn(true)).toEqual(['/new', '/new/e', '/new/e/sub', '/new/e/sub/a'])
  expect(await house.ask(copyFile, { workspace_id, src_path: '/new/e/sub/a', dst_path: '/b' })).toMatchObject({ content: 'deep' })
  const refused = (operation: typeof moveFile | typeof copyFile, src_path: string, dst_path: string) =>
    expect(house.ask(operation, { workspace_id, src_path, dst_path })).rejects
  await refused(moveFile, '/b', '/new/e/sub/a').toMatchObject({ kind: 'conflict' })
  await refused(moveFile, '/gone', '/x').toMatchObject({ kind: 'not_found' })
  await refused(moveFile, '/new', '/new/inside').toMatchObject({ kind: 'bad_request' })
  await refused(copyFile, '/new', '/x').toMatchObject({ kind: 'bad_request' })
  await refused(copyFile, '/b', '/new/e/sub/a').toMatchObject({ kind: 'conflict' })
})

test('stat says what a path is; the root is as old as its workspace', async () => {
  await put('/a', 'abc')
  expect(await house.ask(statFile, { workspace_id, path: '/workspace/a' })).toMatchObject({ path: '/a', size_bytes: 3 })
  expect(await house.ask(statFile, { workspace_id, path: '' })).toMatchObject({ path: '/', is_directory: true })
})

test('grep finds lines in text files whose path holds the pattern', async () => {
  await put('/src/a.ts', 'one\nTwo\r\ntwo')
  await put('/src/b.md', 'two')
  await put('/src/c.ts', Buffer.from('two').toString('base64'), { encoding: 'base64' })
  const { data } = await house.ask(grepFiles, { workspace_id, pattern: '^[Tt]wo$', path_pattern: '.ts' })
  expect(data).toEqual([
    {
      path: '/src/a.ts',
      matches: [
        { path: '/src/a.ts', line_number: 2, line: 'Two' },
        { path: '/src/a.ts', line_number: 3, line: 'two' },
      ],
    },
  ])
  await expect(house.ask(grepFiles, { workspace_id, pattern: '(' })).rejects.toMatchObject({ code: 'invalid_pattern' })
})

test('a pattern that would take for ever is ended', async () => {
  await put('/evil.txt', `${'a'.repeat(40)}!`)
  await expect(house.ask(grepFiles, { workspace_id, pattern: '^(a+)+$' })).rejects.toMatchObject({ code: 'pattern_too_slow' })
})

test('only HTML has a preview, and it is locked up', async () => {
  await put('/page.html', '<script>1</script>')
  await put('/a.txt')
  const { options } = await house.answer(previewPath, { workspace_id, path: '/page.html' })
  expect(options.headers?.['content-security-policy']).toMatch(/^sandbox; default-src 'none'/)
  await expect(house.ask(previewPath, { workspace_id, path: '/a.txt' })).rejects.toMatchObject({ kind: 'unsupported_media_type' })
})

test('an archived workspace is read, not written', async () => {
  await put('/a')
  await house.ask(deleteWorkspace, { workspace_id })
  expect(await read('/a')).toMatchObject({ content: 'text' })
  await expect(put('/b')).rejects.toMatchObject({ kind: 'conflict', code: 'workspace_archived' })
})

test('a file over 10 MB is refused', async () => {
  await expect(put('/big', 'x'.repeat(10 * 1024 * 1024 + 1))).rejects.toMatchObject({ message: 'Input exceeds allowed limits' })
})

test('a session shows the same tree', async () => {
  const session = await house.ask(createSession, { workspace_id })
  await house.ask(createPath, { session_id: session.id, path: '/a', content: 'mine' })
  expect(await read('/a')).toMatchObject({ content: 'mine' })
  expect((await house.ask(getRoot, { session_id: session.id })).data).toHaveLength(1)
})

test('every write is a new revision', async () => {
  const session = await house.ask(createSession, { workspace_id })
  const lease = { sessionId: fromWire('session', session.id) ?? '' }
  const revision = async (path: string) => (await house.ask(readSessionFile, { path }, { lease }))?.revision
  await put('/a', 'one')
  const first = await revision('/a')
  await house.ask(updatePath, { workspace_id, path: '/a', is_readonly: true })
  const second = await revision('/a')
  await house.ask(updatePath, { workspace_id, path: '/a', is_readonly: false })
  await house.ask(moveFile, { workspace_id, src_path: '/a', dst_path: '/b' })
  expect(new Set([first, second, await revision('/b')]).size).toBe(3)
  expect(await revision('/a')).toBeUndefined()
})

test('a tool reads its session’s files only', async () => {
  const session = await house.ask(createSession, { workspace_id })
  const lease = { sessionId: fromWire('session', session.id) ?? '' }
  await put('/docs/a.md', 'A')
  await put('/docs/b.txt', 'B')
  expect(await house.ask(readSessionFile, { path: '/docs/a.md' }, { lease })).toMatchObject({
    content: 'A',
    entry: { path: '/docs/a.md' },
  })
  expect(await house.ask(readSessionFile, { path: '/nowhere' }, { lease })).toBeNull()
  const listed = await house.ask(listSessionFiles, { path: '/', recursive: true }, { lease })
  expect(listed.map(({ entry }) => entry.path)).toEqual(['/docs', '/docs/a.md', '/docs/b.txt'])
  const found = await house.ask(sessionTextFiles, { glob: '*.md' }, { lease })
  expect(found.map(({ content }) => content)).toEqual(['A'])
  await expect(house.ask(readSessionFile, { path: '/docs/a.md' })).rejects.toMatchObject({ kind: 'forbidden' })
})

test('an unknown workspace or session is not found', async () => {
  const unknown = '0'.repeat(31)
  await expect(house.ask(getRoot, { workspace_id: `wsp_${unknown}1` })).rejects.toMatchObject({ kind: 'not_found' })
  await expect(house.ask(getRoot, { session_id: toWire('session', `${unknown}1`) })).rejects.toMatchObject({ kind: 'not_found' })
  await expect(house.ask(getRoot, {})).rejects.toMatchObject({ kind: 'bad_request' })
})
