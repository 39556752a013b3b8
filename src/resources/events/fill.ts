// Fills in, on the way out, what the log stores only once: the text so far of a stream of pieces, the messages and tools of a
// model call, the compact reading of a tool call. Can start anywhere in a session; loads what it then lacks.
import type { Kysely } from 'kysely'
import { envelopeText } from '../../contract/events/envelope.ts'
import type { EventData, StoredEvent } from '../../contract/events/index.ts'
import { toWire } from '../../contract/ids.ts'
import type { Database } from '../../db/schema.ts'
import { datedMessage } from '../../turn/transcript.ts'
import { ByteLru } from './byte-lru.ts'
import type { WireEvent } from './feed.ts'
import { shownGeneration } from './generation.ts'
import { completedMessage, piecesBefore } from './store.ts'
import { Transcripts } from './transcripts.ts'

/** What fillers of one process share. */
export class FillCaches {
  readonly transcripts = new Transcripts()
  /** Prompts and tool lists by organisation and hash, as JSON text. */
  readonly contents = new ByteLru<string>(16 * 1024 * 1024)
}

type PieceData = EventData<'output.message.delta'>

/** For the events of one session, mostly in order. Everything it parses was stored by the registry's schemas. */
export class Filler {
  /** Text so far by stream of one attempt. */
  private readonly texts = new Map<string, string>()
  private readonly db: Kysely<Database>
  private readonly caches: FillCaches

  constructor(db: Kysely<Database>, caches: FillCaches) {
    this.db = db
    this.caches = caches
  }

  /** Says that an event went by, wanted or not; call it for each, before `fill`. */
  observe(event: StoredEvent): void {
    this.caches.transcripts.observe(event)
    if (endsStreams(event.type)) this.texts.clear()
  }

  /** The event as readers get it; at once where nothing has to be loaded. */
  fill(event: StoredEvent): WireEvent | Promise<WireEvent> {
    const data = this.dataOf(event)
    return typeof data === 'string' ? wireEvent(event, data) : data.then((text) => wireEvent(event, text))
  }

  private dataOf(event: StoredEvent): string | Promise<string> {
    switch (event.type) {
      case 'output.message.delta':
      case 'reason.thinking.delta':
        return this.piece(event)
      case 'llm.generation':
        return shownGeneration(this.db, this.caches, event)
      case 'tool.started':
        return shownToolStart(event.data)
      case 'output.message.completed':
        return shownMessage(event)
      default:
        return event.data
    }
  }

  private piece(event: StoredEvent): string | Promise<string> {
    const data = JSON.parse(event.data) as PieceData
    const key = `${event.type} ${event.execId}`
    const known = this.texts.get(key) ?? ''
    if (known.length >= data.offset) return this.accumulated(key, known, data)
    return this.textBefore(event, data).then((text) => this.accumulated(key, text, data))
  }

  /** Of the pieces before this one; of the completed message where they were compacted away since this one was read. */
  private async textBefore(event: StoredEvent, { message_id, offset }: PieceData): Promise<string> {
    const pieces = await piecesBefore(this.db, event)
    const text = pieces.map((piece) => (JSON.parse(piece) as PieceData).delta).join('')
    if (text.length >= offset) return text
    const completed = await completedMessage(this.db, event, message_id)
    return completed === undefined ? text : wholeText(completed, event.type)
  }

  /** `offset` says where the piece belongs, so a reader behind the others does not disturb the text that is known. */
  private accumulated(key: string, known: string, { offset, ...data }: PieceData): string {
    const whole = known.slice(0, offset) + data.delta
    if (!known.startsWith(whole)) this.texts.set(key, whole)
    return JSON.stringify({ accumulated: whole, ...data })
  }
}

function wholeText(completed: string, type: string): string {
  const { message } = JSON.parse(completed) as EventData<'output.message.completed'>
  if (type === 'reason.thinking.delta') return message.thinking ?? ''
  return message.content.map((part) => (part.type === 'text' ? part.text : '')).join('')
}

const endsStreams = (type: string): boolean => type === 'reason.completed' || type === 'session.idled'

const wireEvent = (event: StoredEvent, data: string): WireEvent => ({
  sequence: event.sequence,
  id: toWire('event', event.id),
  type: event.type,
  text: envelopeText(event, data),
})

function shownToolStart(text: string): string {
  const data = JSON.parse(text) as EventData<'tool.started'>
  return JSON.stringify({ tool_name: data.tool_call.name, parameters: data.tool_call.arguments, ...data })
}

/** The provider's opaque reasoning state is kept for the next call and shown to nobody. */
function shownMessage({ data: text, ts }: StoredEvent): string {
  const data = JSON.parse(text) as EventData<'output.message.completed'>
  const { reasoning: _, ...message } = datedMessage(data.message, ts)
  return JSON.stringify({ ...data, message })
}
