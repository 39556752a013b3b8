// What a worker is sent with a step of a turn: only what this step needs and this worker does not have yet.
import type { Kysely } from 'kysely'
import { transcriptTypes } from '../../contract/events/index.ts'
import type { Uuid } from '../../contract/ids.ts'
import type { Database } from '../../db/schema.ts'
import type { Breakers, ContextRequest } from '../../durable/index.ts'
import { type ContextEvent, circuitOf, type SessionConfig, type StepContext } from '../../turn/session-config.ts'
import type { TurnState } from '../../turn/state.ts'
import type { SessionConfigs } from './config.ts'
import type { RecentEvents } from './recent.ts'

type Db = Kysely<Database>

/** Answers the transcript's events after `base`. An input newer than `through` belongs to a later step. */
export async function readTranscript(db: Db, sessionId: Uuid, base: number, through: number): Promise<ContextEvent[]> {
  const rows = await db
    .selectFrom('events')
    .select((eb) => ['sequence', 'type', 'ts', 'turn_id', eb.cast<string>('data', 'text').as('text')])
    .where('session_id', '=', sessionId)
    .where('sequence', '>', base)
    .where('type', 'in', transcriptTypes)
    .orderBy('sequence')
    .execute()
  const events = rows.map((row) => ({
    sequence: row.sequence,
    type: row.type,
    ts: row.ts.getTime(),
    turnId: row.turn_id,
    data: row.text,
  }))
  return seenBy(events, through)
}

/**
 * What the step was planned with. Everything of its transcript was committed before any input that it does not see; what comes after
 * such an input belongs to a later step (or to the end of a turn that was cancelled meanwhile).
 */
function seenBy(events: ContextEvent[], through: number): ContextEvent[] {
  const end = events.findIndex((event) => event.type === 'input.message' && event.sequence > through)
  return end === -1 ? events : events.slice(0, end)
}

/** The step's context with the transcript after `base`; everything in it was committed before the step was planned. */
export function stepContext(
  state: TurnState,
  config: SessionConfig,
  sendConfig: boolean,
  transcript: StepContext['transcript'],
): StepContext {
  return {
    turnId: state.turnId,
    iteration: state.iteration + 1,
    controls: state.controls,
    configHash: config.hash,
    ...(sendConfig ? { config } : {}),
    ...(transcript ? { transcript } : {}),
  }
}

export const transcriptOf = (base: number, through: number, events: ContextEvent[]): NonNullable<StepContext['transcript']> => ({
  base,
  through: Math.max(base, through, events.at(-1)?.sequence ?? 0),
  events,
})

export interface ContextParts {
  db: Db
  configs: SessionConfigs
  recent: RecentEvents
  breakers(): Pick<Breakers, 'refresh' | 'waitMs'>
}

/** A model call that finds its provider's circuit open is postponed this often; then the turn is told. */
const maxPostponed = 2

function circuitFor(
  { task }: ContextRequest,
  { model }: SessionConfig,
  breakers: Pick<Breakers, 'waitMs'>,
): StepContext['circuit'] {
  if (task.kind !== 'reason' || 'unavailable' in model) return undefined
  const openForMs = breakers.waitMs(task.orgId, circuitOf(model))
  return openForMs === null ? undefined : { openForMs, mayWait: task.postponed < maxPostponed }
}

/** The contexts of leased tasks, as JSON text, and what their holders will then have. */
export function contextsOf(parts: ContextParts, requests: readonly ContextRequest[]): Promise<string>[] {
  const refreshed = parts.breakers().refresh()
  const configs = parts.configs.of(
    requests.map((request) => ({
      revision: request.configRevision,
      orgId: request.task.orgId,
      sessionId: request.task.sessionId,
      model: stateOf(request).controls.model_id ?? null,
    })),
  )
  return configs.map(async (loading, n) => {
    const [config] = await Promise.all([loading, refreshed])
    const request = requests[n]
    if (!request) throw new Error('a configuration that nobody asked for')
    return contextOf(parts, request, config)
  })
}

// The engine gives these functions only tasks of turns.
const stateOf = ({ workflow }: ContextRequest): TurnState => workflow.state as TurnState

async function contextOf(
  { db, recent, breakers }: ContextParts,
  request: ContextRequest,
  config: SessionConfig,
): Promise<string> {
  const state = stateOf(request)
  const transcript = request.task.kind === 'reason' ? await nextTranscript(db, recent, request, state) : undefined
  const context = stepContext(state, config, !remember(request.memory, `config ${config.hash}`), transcript)
  const circuit = circuitFor(request, config, breakers())
  return JSON.stringify(circuit ? { circuit, ...context } : context)
}

async function nextTranscript(
  db: Db,
  recent: RecentEvents,
  { task, memory, logEnd }: ContextRequest,
  state: TurnState,
): Promise<StepContext['transcript']> {
  const key = `transcript ${task.sessionId}`
  const known = memory.get(key)
  const base = typeof known === 'number' ? known : 0
  const cached = logEnd === null ? null : recent.between(task.sessionId, base, logEnd)
  const events = cached ? seenBy(cached, state.through) : await readTranscript(db, task.sessionId, base, state.through)
  const transcript = transcriptOf(base, state.through, events)
  keep(memory, key, transcript.through)
  return transcript
}

/** What one stream is remembered to have been sent. */
const memoryMax = 4_000

function keep(memory: Map<string, unknown>, key: string, value: unknown): void {
  memory.delete(key)
  memory.set(key, value)
  const oldest = memory.keys().next()
  if (memory.size > memoryMax && !oldest.done) memory.delete(oldest.value)
}

/** True when it was there already. */
function remember(memory: Map<string, unknown>, key: string): boolean {
  const known = memory.has(key)
  keep(memory, key, true)
  return known
}
