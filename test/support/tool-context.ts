// Everything a tool is handed, held in memory: the same promises as the stores of a worker, without a control plane.
import {
  type FileContent,
  type FileEntry,
  type FileStore,
  type Tool,
  type ToolContext,
  ToolError,
  type ValueStore,
} from '../../src/contract/capability.ts'
import { globTest } from '../../src/contract/glob.ts'
import { shownPath } from '../../src/contract/paths.ts'

const at = '2026-11-22T09:00:00.000Z'

type Stored = { content: string; encoding: 'text' | 'base64'; isReadonly: boolean; isDirectory: boolean }

/** Paths are absolute in the tree. */
export class MemoryFiles implements FileStore {
  private readonly entries = new Map<string, Stored>()

  constructor(files: Record<string, string | Partial<Stored>> = {}) {
    for (const [path, file] of Object.entries(files)) this.put(path, typeof file === 'string' ? { content: file } : file)
  }

  put(path: string, file: Partial<Stored>): void {
    for (let parent = parentOf(path); parent !== '/'; parent = parentOf(parent)) {
      if (!this.entries.has(parent)) this.entries.set(parent, { ...empty, isDirectory: true })
    }
    this.entries.set(path, { ...empty, ...file })
  }

  async stat(path: string): Promise<FileEntry | null> {
    const stored = this.entries.get(path)
    return stored ? entryOf(path, stored) : null
  }

  async read(path: string): Promise<FileContent | null> {
    const stored = this.entries.get(path)
    return stored ? { ...entryOf(path, stored), content: stored.content } : null
  }

  async list(path: string, recursive: boolean): Promise<FileEntry[]> {
    const folder = path === '/' ? '/' : `${path}/`
    const below = [...this.entries].filter(([one]) => one.startsWith(folder))
    const listed = recursive ? below : below.filter(([one]) => !one.slice(folder.length).includes('/'))
    return listed.sort(([a], [b]) => (a < b ? -1 : 1)).map(([one, stored]) => entryOf(one, stored))
  }

  async write(path: string, content: string, encoding: 'text' | 'base64') {
    const before = this.entries.get(path)
    if (before?.isReadonly || before?.isDirectory) throw new ToolError(`Cannot write ${shownPath(path)}`)
    this.put(path, { content, encoding })
    return { created: before === undefined, sizeBytes: sizeOf({ content, encoding }) }
  }

  async remove(path: string, recursive: boolean): Promise<void> {
    const before = this.entries.get(path)
    const below = await this.list(path, true)
    if (!before || before.isReadonly || (below.length > 0 && !recursive)) throw new ToolError(`Cannot delete ${shownPath(path)}`)
    for (const one of [path, ...below.map((entry) => entry.path)]) this.entries.delete(one)
  }

  async textFiles(glob?: string): Promise<FileContent[]> {
    const wanted = glob === undefined ? () => true : globTest(glob)
    const all = await Promise.all((await this.list('/', true)).map((entry) => this.read(entry.path)))
    return all.flatMap((file) => (file && !file.isDirectory && file.encoding === 'text' && wanted(file.path) ? [file] : []))
  }
}

const empty: Stored = { content: '', encoding: 'text', isReadonly: false, isDirectory: false }
const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/'
const sizeOf = ({ content, encoding }: Pick<Stored, 'content' | 'encoding'>): number =>
  Buffer.byteLength(content, encoding === 'base64' ? 'base64' : 'utf8')
const entryOf = (path: string, { isDirectory, isReadonly, encoding, content }: Stored): FileEntry => ({
  path,
  isDirectory,
  isReadonly,
  encoding,
  sizeBytes: sizeOf({ content, encoding }),
  createdAt: at,
  updatedAt: at,
})

export class MemoryValues implements ValueStore {
  readonly entries = new Map<string, string>()

  async get(key: string): Promise<string | null> {
    return this.entries.get(key) ?? null
  }
  async set(key: string, value: string): Promise<void> {
    this.entries.set(key, value)
  }
  async delete(key: string): Promise<boolean> {
    return this.entries.delete(key)
  }
  async list() {
    return [...this.entries.keys()].sort().map((key) => ({ key, createdAt: at, updatedAt: at }))
  }
}

/** A context at 2026-11-22 09:00 UTC, in a session without a title. */
export function toolContext(given: Partial<ToolContext> = {}): ToolContext {
  let title: string | null = null
  return {
    orgId: '00000000-0000-0000-0000-000000000001',
    sessionId: '01933b5a-0000-7000-8000-000000000a01',
    turnId: '01933b5a-0000-7000-8000-000000000b01',
    toolCallId: 'call_1',
    idempotencyKey: 'call_1',
    attempt: 1,
    config: {},
    locale: 'en',
    timezone: 'UTC',
    now: () => new Date(at),
    signal: new AbortController().signal,
    files: new MemoryFiles(),
    values: new MemoryValues(),
    secrets: new MemoryValues(),
    session: {
      facts: async () => ({ id: '01933b5a-0000-7000-8000-000000000a01', title, locale: 'en', agentName: 'helper', usage }),
      setTitle: async (next) => {
        title = next
      },
    },
    progress: () => {},
    output: () => {},
    ...given,
  }
}
const usage = { input_tokens: 10, output_tokens: 5, cache_read_tokens: 2, cache_creation_tokens: 1 }

/** Runs a tool the way a turn does: raw arguments through its schema, then `run`. */
export const callTool = async (tool: Tool | undefined, args: unknown, context: ToolContext) => {
  if (!tool) throw new Error('no such tool')
  return tool.run(tool.args.parse(args), context)
}
