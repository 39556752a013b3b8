// A session's files with one call's own writes on top. The writes commit with the call's result, or not at all.
import { type FileContent, type FileEntry, type FileStore, ToolError } from '../../contract/capability.ts'
import { globTest } from '../../contract/glob.ts'
import { shownPath } from '../../contract/paths.ts'
import type { ListedFile, ReadFile } from '../../contract/session-reads.ts'
import type { Effect } from '../../contract/workflow.ts'
import { type Ask, FirstReads } from './reads.ts'

/** What one call may write: together with its events it must fit one message to the control plane. */
const maxWrittenBytes = 24 * 1024 * 1024

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/'
const byPath = (a: FileEntry, b: FileEntry): number => (a.path < b.path ? -1 : 1)

export class FileOverlay implements FileStore {
  readonly #ask: Ask
  readonly #now: () => Date
  readonly #reads: FirstReads<FileContent>
  /** Null: deleted here. */
  readonly #written = new Map<string, FileContent | null>()
  #writtenBytes = 0

  constructor(ask: Ask, now: () => Date) {
    this.#ask = ask
    this.#now = now
    this.#reads = new FirstReads(async (path) => {
      // The operation's output schema; it was checked where it was made.
      const found = (await ask('read_session_file', { path })) as ReadFile | null
      return found && { value: { ...found.entry, content: found.content }, revision: found.revision }
    })
  }

  async stat(path: string): Promise<FileEntry | null> {
    const found = await this.read(path)
    if (!found) return null
    const { content: _, ...entry } = found
    return entry
  }

  async read(path: string): Promise<FileContent | null> {
    const written = this.#written.get(path)
    if (written !== undefined) return written
    return (await this.#reads.read(path))?.value ?? null
  }

  async list(path: string, recursive: boolean): Promise<FileEntry[]> {
    // As above.
    const listed = (await this.#ask('list_session_files', { path, recursive })) as unknown as ListedFile[]
    const untouched = listed.map(({ entry }) => entry).filter((entry) => !this.#written.has(entry.path))
    const folder = path === '/' ? '/' : `${path}/`
    const own = this.#own().filter((entry) => {
      const rest = entry.path.startsWith(folder) ? entry.path.slice(folder.length) : ''
      return rest !== '' && (recursive || !rest.includes('/'))
    })
    return [...untouched, ...own.map(({ content: _, ...entry }) => entry)].sort(byPath)
  }

  async write(path: string, content: string, encoding: 'text' | 'base64'): Promise<{ created: boolean; sizeBytes: number }> {
    if (path === '/') throw new ToolError('The workspace itself is a directory')
    const before = await this.read(path)
    if (before?.isDirectory) throw new ToolError(`${shownPath(path)} is a directory`)
    if (before?.isReadonly) throw new ToolError(`File is read-only: ${shownPath(path)}`)
    if (!before) await this.#makeParents(path)
    const sizeBytes = Buffer.byteLength(content, encoding === 'base64' ? 'base64' : 'utf8')
    this.#weigh(content.length)
    this.#put({ path, isDirectory: false, encoding, sizeBytes, content }, before)
    return { created: before === null, sizeBytes }
  }

  async remove(path: string, recursive: boolean): Promise<void> {
    const entry = await this.read(path)
    if (!entry) throw new ToolError(`File not found: ${shownPath(path)}`)
    const below = entry.isDirectory ? await this.list(path, true) : []
    if (below.length > 0 && !recursive) throw new ToolError(`Directory is not empty: ${shownPath(path)}`)
    const readonly = [entry, ...below].find(({ isReadonly }) => isReadonly)
    if (readonly) throw new ToolError(`File is read-only: ${shownPath(readonly.path)}`)
    for (const gone of [entry, ...below]) {
      // Its revision is what the delete depends on.
      await this.#reads.read(gone.path)
      this.#written.set(gone.path, null)
    }
  }

  async textFiles(glob?: string): Promise<FileContent[]> {
    // As above.
    const found = (await this.#ask('session_text_files', glob === undefined ? {} : { glob })) as unknown as ReadFile[]
    for (const { entry, content, revision } of found) {
      this.#reads.note(entry.path, { value: { ...entry, content }, revision })
    }
    const wanted = glob === undefined ? () => true : globTest(glob)
    const untouched = found.filter(({ entry }) => !this.#written.has(entry.path))
    const own = this.#own().filter((file) => !file.isDirectory && file.encoding === 'text' && wanted(file.path))
    return [...untouched.map(({ entry, content }) => ({ ...entry, content })), ...own].sort(byPath)
  }

  /** Everything written, each with the revision it was written on. */
  async effects(): Promise<Effect[]> {
    const effects: Effect[] = []
    for (const [key, written] of this.#written) {
      const base = (await this.#reads.read(key))?.revision ?? null
      if (written || base !== null) effects.push({ store: 'files', key, base, write: written && writeOf(written) })
    }
    return effects
  }

  /** The files that effects will have written, and whether each is new. */
  async writtenFiles(): Promise<{ path: string; sizeBytes: number; created: boolean }[]> {
    const files = this.#own().filter((file) => !file.isDirectory)
    return Promise.all(
      files.map(async ({ path, sizeBytes }) => ({ path, sizeBytes, created: (await this.#reads.read(path)) === null })),
    )
  }

  #own(): FileContent[] {
    return [...this.#written.values()].filter((written) => written !== null)
  }

  /** A directory that is made here says so: it depends on nobody having put a file in its place. */
  async #makeParents(path: string): Promise<void> {
    for (let parent = parentOf(path); parent !== '/'; parent = parentOf(parent)) {
      const found = await this.read(parent)
      if (found?.isDirectory) return
      if (found) throw new ToolError(`${shownPath(parent)} is not a directory`)
      this.#put({ path: parent, isDirectory: true, encoding: 'text', sizeBytes: 0, content: '' }, null)
    }
  }

  #put(file: Omit<FileContent, 'isReadonly' | 'createdAt' | 'updatedAt'>, before: FileEntry | null): void {
    const updatedAt = this.#now().toISOString()
    this.#written.set(file.path, { ...file, isReadonly: false, createdAt: before?.createdAt ?? updatedAt, updatedAt })
  }

  #weigh(bytes: number): void {
    this.#writtenBytes += bytes
    if (this.#writtenBytes > maxWrittenBytes) throw new ToolError('One call cannot write that much; write it in several calls')
  }
}

const writeOf = ({ content, encoding, isDirectory }: FileContent) => ({
  content,
  encoding,
  ...(isDirectory ? { is_directory: true } : {}),
})
