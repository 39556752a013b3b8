import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { ToolError } from '../../contract/capability.ts'
import type { Json } from '../../contract/json.ts'
import { type Overlay, sessionOverlay } from './overlay.ts'

const at = '2026-11-22T09:00:00.000Z'
const now = () => new Date('2026-11-22T10:00:00.000Z')

interface StoredFile {
  content?: string
  isDirectory?: boolean
  isReadonly?: boolean
  revision: string
}

/** What the operations are asked with; each reads its own fields. */
interface Asked {
  path: string
  recursive: boolean
  key: string
}

/** A session as the worker operations answer about it. */
function session(given: { files?: Record<string, StoredFile>; values?: Record<string, string>; title?: string | null } = {}) {
  const asked: string[] = []
  const { files = {}, values = {}, title = null } = given
  const fileAt = (path: string) => {
    const { content = '', isDirectory = false, isReadonly = false, revision } = files[path] as StoredFile
    const entry = { path, isDirectory, isReadonly, encoding: 'text', sizeBytes: content.length, createdAt: at, updatedAt: at }
    return { entry, revision, content }
  }
  const valueAt = (key: string) => ({ entry: { key, createdAt: at, updatedAt: at }, revision: `r-${key}`, value: values[key] })
  const below = (path: string, recursive: boolean) => {
    const folder = path === '/' ? '/' : `${path}/`
    const inside = Object.keys(files).filter((one) => one.startsWith(folder))
    return inside.filter((one) => recursive || !one.slice(folder.length).includes('/')).sort()
  }
  const answers: Record<string, (input: Asked) => unknown> = {
    read_session_file: ({ path }) => (files[path] ? fileAt(path) : null),
    list_session_files: ({ path, recursive }) => below(path, recursive).map((one) => ({ ...fileAt(one), content: undefined })),
    session_text_files: () =>
      below('/', true)
        .filter((one) => !files[one]?.isDirectory)
        .map(fileAt),
    get_session_value: ({ key }) => (key in values ? valueAt(key) : null),
    list_session_values: () => Object.keys(values).map(valueAt),
    get_session_secret: () => null,
    list_session_secrets: () => [],
    session_facts: () => ({ id: 's', title, locale: null, agentName: null, usage: {} }),
  }
  const ask = async (operation: string, input: Json) => {
    asked.push(`${operation} ${JSON.stringify(input)}`)
    return (answers[operation]?.(input as unknown as Asked) ?? null) as Json
  }
  return { overlay: sessionOverlay(ask, true, now), asked, ask }
}

const effectsOf = async (overlay: Overlay) => (await overlay.changes()).effects
const paths = (entries: { path: string }[]) => entries.map(({ path }) => path)

test('a call sees its own writes, and the stored state is not touched', async () => {
  const { overlay } = session({ files: { '/a.txt': { content: 'old', revision: '7' } } })
  const { files } = overlay.stores
  expect(await files.write('/a.txt', 'new', 'text')).toEqual({ created: false, sizeBytes: 3 })
  expect(await files.read('/a.txt')).toMatchObject({ content: 'new', createdAt: at, updatedAt: now().toISOString() })
  expect(await effectsOf(overlay)).toEqual([
    { store: 'files', key: '/a.txt', base: '7', write: { content: 'new', encoding: 'text' } },
  ])
})

test('a write depends on the revision that was read first, however often it is read', async () => {
  const files: Record<string, StoredFile> = { '/a.txt': { content: 'one', revision: '1' } }
  const { overlay } = session({ files })
  await overlay.stores.files.read('/a.txt')
  files['/a.txt'] = { content: 'two', revision: '2' }
  expect((await overlay.stores.files.read('/a.txt'))?.content).toBe('one')
  await overlay.stores.files.write('/a.txt', 'mine', 'text')
  expect(await effectsOf(overlay)).toMatchObject([{ base: '1' }])
})

test('reading alone leaves no effects', async () => {
  const { overlay } = session({ files: { '/a.txt': { content: 'x', revision: '1' } }, values: { k: 'v' } })
  await overlay.stores.files.read('/a.txt')
  await overlay.stores.files.textFiles()
  await overlay.stores.values.get('k')
  expect(await overlay.changes()).toEqual({ effects: [], events: [] })
})

test('a new file makes its folders, and depends on nobody having put something there', async () => {
  const { overlay } = session()
  const { files } = overlay.stores
  await files.write('/a/b/c.txt', 'x', 'text')
  expect(paths(await files.list('/', true))).toEqual(['/a', '/a/b', '/a/b/c.txt'])
  expect(paths(await files.list('/', false))).toEqual(['/a'])
  const effects = await effectsOf(overlay)
  expect(effects.map(({ key, base, write }) => [key, base, write?.is_directory === true])).toEqual([
    ['/a/b', null, true],
    ['/a', null, true],
    ['/a/b/c.txt', null, false],
  ])
})

test('a list shows the stored entries with the own writes and deletes on top', async () => {
  const files = { '/d': { isDirectory: true, revision: '1' }, '/d/x': { content: 'x', revision: '2' }, '/y': { revision: '3' } }
  const { overlay } = session({ files })
  await overlay.stores.files.write('/d/new', 'n', 'text')
  await overlay.stores.files.remove('/d/x', false)
  expect(paths(await overlay.stores.files.list('/d', false))).toEqual(['/d/new'])
  expect(paths(await overlay.stores.files.textFiles('*'))).toEqual(['/d/new', '/y'])
})

test('a folder is removed entry by entry, each with the revision it had', async () => {
  const files = { '/d': { isDirectory: true, revision: '1' }, '/d/x': { content: 'x', revision: '2' } }
  const { overlay } = session({ files })
  await expect(overlay.stores.files.remove('/d', false)).rejects.toThrow(ToolError)
  await overlay.stores.files.remove('/d', true)
  expect(await overlay.stores.files.stat('/d/x')).toBeNull()
  expect(await effectsOf(overlay)).toEqual([
    { store: 'files', key: '/d', base: '1', write: null },
    { store: 'files', key: '/d/x', base: '2', write: null },
  ])
})

test('what was made and removed in one call leaves nothing', async () => {
  const { overlay } = session()
  await overlay.stores.files.write('/a.txt', 'x', 'text')
  await overlay.stores.files.remove('/a.txt', false)
  await overlay.stores.values.set('k', 'v')
  expect(await overlay.stores.values.delete('k')).toBe(true)
  expect(await overlay.changes()).toEqual({ effects: [], events: [] })
})

test('what may not be written is refused in words', async () => {
  const files = {
    '/locked': { content: 'x', isReadonly: true, revision: '1' },
    '/d': { isDirectory: true, revision: '2' },
    '/d/locked': { isReadonly: true, revision: '3' },
  }
  const { overlay } = session({ files })
  const { write, remove } = overlay.stores.files
  const writing = (path: string) => write.call(overlay.stores.files, path, 'x', 'text')
  const removing = (path: string) => remove.call(overlay.stores.files, path, true)
  for (const path of ['/locked', '/d', '/', '/locked/inside']) await expect(writing(path)).rejects.toThrow(ToolError)
  for (const path of ['/locked', '/d', '/missing']) await expect(removing(path)).rejects.toThrow(ToolError)
  expect(await effectsOf(overlay)).toEqual([])
})

test('one call cannot write more than a message can carry', async () => {
  const { overlay } = session()
  const big = 'x'.repeat(9_000_000)
  await overlay.stores.files.write('/1', big, 'text')
  await overlay.stores.files.write('/2', big, 'text')
  await expect(overlay.stores.files.write('/3', big, 'text')).rejects.toThrow(ToolError)
})

test('values: own writes on top, deletes and revisions kept', async () => {
  const { overlay } = session({ values: { a: '1', b: '2' } })
  const { values } = overlay.stores
  await values.set('a', 'one')
  await values.set('c', 'three')
  expect(await values.delete('b')).toBe(true)
  expect(await values.delete('nothing')).toBe(false)
  expect([await values.get('a'), await values.get('b'), await values.get('c')]).toEqual(['one', null, 'three'])
  expect((await values.list()).map(({ key }) => key)).toEqual(['a', 'c'])
  expect(await effectsOf(overlay)).toEqual([
    { store: 'values', key: 'a', base: 'r-a', write: { value: 'one' } },
    { store: 'values', key: 'c', base: null, write: { value: 'three' } },
    { store: 'values', key: 'b', base: 'r-b', write: null },
  ])
})

test('a title depends on the title it replaces, and is told; the same title changes nothing', async () => {
  const { overlay } = session({ title: 'before' })
  await overlay.stores.session.setTitle('after')
  expect((await overlay.stores.session.facts()).title).toBe('after')
  const { effects, events } = await overlay.changes()
  const base = createHash('md5').update('before').digest('hex')
  expect(effects).toEqual([{ store: 'session', key: 'title', base, write: { title: 'after' } }])
  expect(events.map(({ type, data }) => [type, JSON.parse(data)])).toEqual([
    ['session.title.updated', { title: 'after', previous_title: 'before' }],
  ])
  await overlay.stores.session.setTitle('before')
  expect(await overlay.changes()).toEqual({ effects: [], events: [] })
})

test('the stores of a tool that is not transactional read and never write', async () => {
  const { ask } = session({ files: { '/a.txt': { content: 'x', revision: '1' } }, values: { k: 'v' } })
  const { stores } = sessionOverlay(ask, false, now)
  expect((await stores.files.read('/a.txt'))?.content).toBe('x')
  expect(await stores.values.get('k')).toBe('v')
  await expect(stores.files.write('/a.txt', 'y', 'text')).rejects.toThrow('transactional')
  await expect(stores.values.set('k', 'w')).rejects.toThrow('transactional')
  await expect(stores.session.setTitle('t')).rejects.toThrow('transactional')
})
