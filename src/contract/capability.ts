// A capability is a record: what it adds to the prompt, the tools it brings, the files it mounts. What it needs is handed to it.
import type { z } from 'zod'
import type { ContentPart } from './content.ts'
import type { Uuid } from './ids.ts'
import type { Json, JsonObject } from './json.ts'
import type { StepClass } from './workflow.ts'

export type EffectClass = Exclude<StepClass, 'client'>
export type RiskLevel = 'low' | 'medium' | 'high'

/** What the model can mend itself: its text goes back as the tool's error. Everything else thrown is internal and hidden. */
export class ToolError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ToolError'
  }
}

export interface ToolHints {
  readonly?: boolean
  destructive?: boolean
  idempotent?: boolean
  open_world?: boolean
  requires_secrets?: boolean
  long_running?: boolean
  cpu_bound?: boolean
  /** Calls of one class in one batch run one after another. */
  concurrency_class?: string
}

/** A file as tools see it. Paths are absolute in the session's tree (`/notes.md`), never with `/workspace`. */
export interface FileEntry {
  path: string
  isDirectory: boolean
  isReadonly: boolean
  encoding: 'text' | 'base64'
  sizeBytes: number
  createdAt: string
  updatedAt: string
}
export interface FileContent extends FileEntry {
  /** Text, or base64 where `encoding` says so; empty for a directory. */
  content: string
}

/** The session's files, with this tool call's own writes already visible. Writes commit with the call's result. */
export interface FileStore {
  stat(path: string): Promise<FileEntry | null>
  read(path: string): Promise<FileContent | null>
  /** Every entry below `path` (not itself), ordered by path; direct children only unless `recursive`. */
  list(path: string, recursive: boolean): Promise<FileEntry[]>
  /** Creates parents. Throws ToolError on a read-only target or a directory. */
  write(path: string, content: string, encoding: 'text' | 'base64'): Promise<{ created: boolean; sizeBytes: number }>
  /** Throws ToolError when missing, read-only, or a directory with entries and not `recursive`. */
  remove(path: string, recursive: boolean): Promise<void>
  /** All text files below the root whose path passes the glob (all when absent). */
  textFiles(glob?: string): Promise<FileContent[]>
}

export interface ValueEntry {
  key: string
  createdAt: string
  updatedAt: string
}
export interface ValueStore {
  get(key: string): Promise<string | null>
  set(key: string, value: string): Promise<void>
  /** True when there was something to delete. */
  delete(key: string): Promise<boolean>
  list(): Promise<ValueEntry[]>
}

export interface SessionFacts {
  id: Uuid
  title: string | null
  locale: string | null
  agentName: string | null
  usage: { input_tokens: number; output_tokens: number; cache_read_tokens: number; cache_creation_tokens: number }
}
export interface SessionStore {
  facts(): Promise<SessionFacts>
  /** Commits with the call's result; the same title changes nothing. */
  setTitle(title: string): Promise<void>
}

export interface ToolContext {
  orgId: Uuid
  sessionId: Uuid
  turnId: Uuid
  toolCallId: string
  /** Sent to whoever honours it: the same for every attempt at this call. */
  idempotencyKey: string
  attempt: number
  /** The attachment's config, as its capability's schema parsed it. */
  config: Json
  locale: string
  timezone: string
  now(): Date
  /** Ends with the call, for whatever reason. */
  signal: AbortSignal
  files: FileStore
  values: ValueStore
  secrets: ValueStore
  session: SessionStore
  /** Shown to readers as `tool.progress`. */
  progress(message: string): void
  /** Shown to readers as `tool.output.delta`. */
  output(stream: 'stdout' | 'stderr', delta: string): void
}

/** Plain JSON is the usual result; parts where the model should see an image. */
export class ToolParts {
  readonly parts: ContentPart[]
  constructor(parts: ContentPart[]) {
    this.parts = parts
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a list of tools with different arguments has no narrower common type
export interface Tool<A extends z.ZodType = any> {
  name: string
  displayName?: string
  /** What the model is told. */
  says: string
  args: A
  /** Declared, never guessed: decides what a crash may repeat. */
  effect: EffectClass
  hints?: ToolHints
  category?: string
  /** Default 300 s. */
  timeoutMs?: number
  /** "Reading app.py". */
  narrate?(args: z.output<A>): string
  run(args: z.output<A>, context: ToolContext): Promise<Json | ToolParts | JsonObject>
}

/** Types a tool against its arguments. */
export const tool = <A extends z.ZodType>(value: Tool<A>): Tool<A> => value

export interface Mount {
  /** Absolute in the session's tree. */
  path: string
  content: string
  encoding?: 'text' | 'base64'
  readonly: boolean
}

export interface PromptContext {
  config: Json
  locale: string
  timezone: string
  /** The time of the input being answered: a re-made call must get the same text. */
  inputAt: Date
}

export interface Capability {
  id: string
  /** Old ids that are still accepted. */
  aliases?: string[]
  name: string
  description: string
  icon?: string
  category?: string
  status?: 'available' | 'coming_soon' | 'deprecated' | 'retired'
  risk?: RiskLevel
  /** Behaviour, limits, paths; never what the tool schemas already say. */
  prompt?: string | ((context: PromptContext) => string | null)
  tools?: Tool[] | ((config: Json) => Tool[])
  mounts?: Mount[]
  dependencies?: string[]
  /** Strings that open tabs in the UI: file_system, key_value, secrets, schedules … */
  features?: string[]
  /** Parsed on write; its JSON Schema is shown in the catalogue. */
  config?: z.ZodType
  configUiSchema?: JsonObject
  docsSlug?: string
}

/** Ids and aliases → capability. */
export interface CapabilityRegistry {
  all(): Capability[]
  find(ref: string): Capability | undefined
}
