// The HTTP door on a database of its own, for operations that need no engine: events, and operations made for a test.
import pino from 'pino'
import type { EventType, StoredEvent } from '../../src/contract/events/index.ts'
import { defaultOrgId, eventId, newId, toWire, type Uuid } from '../../src/contract/ids.ts'
import type { AnyOperation } from '../../src/contract/operation.ts'
import { connect, type Db } from '../../src/db/connect.ts'
import { type Hint, openHint } from '../../src/db/hint.ts'
import type { Ctx } from '../../src/resources/context.ts'
import { type EventFeed, eventFeed } from '../../src/resources/events/feed.ts'
import { events } from '../../src/resources/events/index.ts'
import { insertEvents } from '../../src/resources/events/log.ts'
import type { HttpSettings } from '../../src/server/http/settings.ts'
import { createHttp, type Http } from '../../src/server/http.ts'
import type { CtxParts } from '../../src/server/run.ts'
import { freshDatabase } from './cluster.ts'

export const httpSettings: HttpSettings = {
  version: '0.0.0',
  authMode: 'none',
  apiPrefix: '/api',
  publicAppUrl: 'http://localhost:9300',
  corsAllowedOrigins: ['https://app.example'],
  requestsPerMinute: 0,
  checkOutput: true,
  maxConnections: 10_000,
  streams: {
    heartbeatMs: 10_000,
    cycleMs: 300_000,
    monitoringCycleMs: 600_000,
    maxStreams: 10_000,
    maxPerOrg: 1_000,
    maxPerSession: 12,
  },
}

export interface Replica {
  http: Http
  feed: EventFeed
  db: Db
  close(): Promise<void>
}

interface DoorOptions {
  url: string
  operations?: readonly AnyOperation<Ctx>[]
  settings?: Partial<HttpSettings>
  streams?: Partial<HttpSettings['streams']>
  pollMs?: number
  /** Leaves out LISTEN/NOTIFY, so that only the backstop finds what others wrote. */
  deaf?: boolean
}

const silent = pino({ level: 'silent' })
const noHints: Pick<Hint, 'publish' | 'subscribe' | 'close'> = { publish() {}, subscribe: () => () => {}, close: async () => {} }

/** One control plane's door. */
export async function openReplica({
  url,
  operations = [],
  settings,
  streams,
  pollMs = 1_000,
  deaf,
}: DoorOptions): Promise<Replica> {
  const db = connect({ url })
  const hints = deaf ? noHints : openHint({ url })
  const feed = eventFeed({ db: db.reads, hints, log: silent, pollMs })
  // Turns, secrets and catalogues are not used by the operations that are served here.
  const parts = {
    db,
    feed,
    log: silent,
    now: () => new Date(),
    urls: { api: 'http://api', ui: 'http://ui' },
  } as unknown as CtxParts
  const http = await createHttp({
    settings: { ...httpSettings, ...settings, streams: { ...httpSettings.streams, ...streams } },
    operations: [...events, ...operations],
    parts,
    ready: async () => {},
  })
  return {
    http,
    feed,
    db,
    async close() {
      await http.close(1_000)
      feed.close()
      await hints.close()
      await db.close()
    },
  }
}

/** A database with one session, and how to write its log as the engine does. */
export async function sessionLog() {
  const database = await freshDatabase()
  const sessionId = newId()
  const db = connect({ url: database.url })
  await db.engine.insertInto('session_heads').values({ session_id: sessionId, org_id: defaultOrgId }).execute()
  let sequence = 0
  let written: StoredEvent[] = []

  const next = (type: EventType, data: unknown, more: Partial<StoredEvent> = {}): StoredEvent => {
    sequence += 1
    const fixed = { sessionId, orgId: defaultOrgId, sequence, id: eventId(sequence), type, ts: Date.now() }
    return { ...fixed, turnId: null, execId: null, data: JSON.stringify(data), extra: null, ...more }
  }
  return {
    url: database.url,
    db,
    sessionId,
    session: toWire('session', sessionId),
    next,
    /** Commits events; the caller publishes them, or not. */
    async commit(batch: StoredEvent[]): Promise<StoredEvent[]> {
      const { text, values } = insertEvents(batch)
      await db.enginePool.query(text, [...values])
      await db.engine.updateTable('session_heads').set({ last_sequence: sequence }).where('session_id', '=', sessionId).execute()
      written = [...written, ...batch]
      return batch
    },
    written: () => written,
    async close() {
      await db.close()
      await database.drop()
    },
  }
}

/** One whole turn that streams an answer, as the worker and the engine write it. */
export function turnEvents(log: Awaited<ReturnType<typeof sessionLog>>, text: string, pieces: readonly string[]): StoredEvent[] {
  const turnId = newId()
  const execId = newId()
  const turn = toWire('turn', turnId)
  const of = { turnId }
  const step = { turnId, execId }
  const input = {
    id: toWire('message', turnId),
    role: 'user',
    content: [{ type: 'text', text }],
    created_at: new Date().toISOString(),
  }
  const answerId = toWire('message', newId())
  const answer = { id: answerId, role: 'agent', content: [{ type: 'text', text: pieces.join('') }], created_at: input.created_at }
  const first = log.next('input.message', { message: input }, of)
  let offset = 0
  const deltas = (): StoredEvent[] =>
    pieces.map((delta) => {
      const event = log.next('output.message.delta', { turn_id: turn, message_id: answerId, delta, offset }, step)
      offset += delta.length
      return event
    })
  return [
    first,
    log.next('session.activated', { turn_id: turn, input_message_id: input.id }, of),
    log.next('turn.started', { turn_id: turn, input_message_id: input.id }, of),
    log.next('reason.started', { harness_id: toWire('harness', newId()) }, step),
    log.next('output.message.started', { turn_id: turn, message_id: answerId }, step),
    ...deltas(),
    log.next('output.message.completed', { message: { ...answer, reasoning: [{ secret: true }] } }, step),
    log.next('llm.generation', { through: first.sequence, prompt_hash: 'prompt', metadata: { model: 'm', success: true } }, step),
    log.next('reason.completed', { success: true, has_tool_calls: false, tool_call_count: 0 }, step),
    log.next('turn.completed', { turn_id: turn, iterations: 1 }, of),
    log.next('session.idled', { turn_id: turn }, of),
  ]
}

/** The ids that tests ask about. */
export const wireEventId = (id: Uuid): string => toWire('event', id)
