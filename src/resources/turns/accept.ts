// The first of the turn's two doors: a message comes in. One transaction, shared with whatever else arrives.
import { createHash } from 'node:crypto'
import type { EventDraft } from '../../contract/events/index.ts'
import { newId, toWire, type Uuid } from '../../contract/ids.ts'
import { type Json, toJsonText } from '../../contract/json.ts'
import type { Message, TokenUsage } from '../../contract/message.ts'
import { Problem } from '../../contract/problem.ts'
import { timeText } from '../../contract/time-text.ts'
import type { Effect } from '../../contract/workflow.ts'
import type { HeadView, Item } from '../../durable/index.ts'
import { begin, interruptWait, steer } from '../../turn/doors.ts'
import type { TurnState } from '../../turn/state.ts'
import { type SessionConfigs, type SessionRow, sessionColumns } from './config.ts'
import { turnWorkflow, withTotals } from './workflow.ts'

export interface NewMessage extends Omit<Message, 'id' | 'role' | 'created_at'> {
  /** The caller's key (`Idempotency-Key` or `client_message_id`): the same key finds the first answer. */
  key?: string
  tags?: string[]
}

export interface AcceptedMessage {
  message: Message
  sequence: number
  /** True when the turn is paused: the message is stored and read on resume. */
  paused: boolean
}

/** What a turn that begins now is made of, read by one statement. */
interface Looked extends SessionRow {
  /** Of the organisation's configuration. */
  revision: number
  /** The session's own, else its agent's. */
  iterations: number | null
  input_tokens: number
  output_tokens: number
  cache_read_tokens: number
  cache_creation_tokens: number
  /** False until the session's first turn has begun. */
  has_totals: boolean
}

const defaultMaxIterations = 100
const patienceMs = 10_000

const sessionLook = (orgId: Uuid, sessionId: Uuid) => ({
  name: 'session_of_turn',
  text: `select ${sessionColumns.map((column) => `s.${column}`).join(', ')}, o.config_revision as revision,
           coalesce(s.max_iterations, a.max_iterations) as iterations,
           coalesce(t.input_tokens, 0) as input_tokens, coalesce(t.output_tokens, 0) as output_tokens,
           coalesce(t.cache_read_tokens, 0) as cache_read_tokens, coalesce(t.cache_creation_tokens, 0) as cache_creation_tokens,
           t.session_id is not null as has_totals
         from sessions s join organizations o on o.id = s.org_id
         left join agents a on a.org_id = s.org_id and a.id = s.agent_id
         left join session_totals t on t.session_id = s.id where s.org_id = $1 and s.id = $2`,
  values: [orgId, sessionId],
})

export interface AcceptOptions {
  toolResultTimeoutMs: number
  configs: Pick<SessionConfigs, 'prepare'>
}

/**
 * Accepts a message: it begins a turn, steers the running one, or ends a waiting one and begins the next. Problems: `not_found`,
 * `conflict` when the key was used for another message.
 */
export function acceptItem(orgId: Uuid, sessionId: Uuid, given: NewMessage, options: AcceptOptions): Item<AcceptedMessage> {
  const { key, tags = [], ...content } = given
  const uuid = newId()
  const id = toWire('message', uuid)
  return {
    name: 'accept',
    sessionId,
    orgId,
    acceptKey: key,
    inputId: id,
    looks: [sessionLook(orgId, sessionId)],
    bytes: JSON.stringify(content).length + 1024,
    patienceMs,
    fold(view, looked) {
      const known = key === undefined ? undefined : view.accepted(key)
      if (known) return repeated(known, fingerprintOf(content))
      const message: Message = { id, role: 'user', ...content, created_at: timeText(view.now) }
      const stored = view.storedInput(id)
      if (stored !== null) return { message, sequence: stored, paused: view.workflow?.status === 'paused' }
      // The statement above names these columns.
      const session = looked[0]?.[0] as unknown as Looked | undefined
      if (!session) throw new Problem('not_found', 'No such session')
      enter(view, uuid, message, tags, session, options)
      const accepted = { message, sequence: view.head.lastInput, paused: view.workflow?.status === 'paused' }
      // The answer is JSON: it was made from parsed input.
      if (key !== undefined) view.accept({ key, fingerprint: fingerprintOf(content), answer: accepted as unknown as Json })
      return accepted
    },
  }
}

const fingerprintOf = (content: Omit<NewMessage, 'key' | 'tags'>): string =>
  createHash('sha256').update(JSON.stringify(content)).digest('hex')

function repeated(known: { fingerprint: string; answer: Json }, fingerprint: string): AcceptedMessage {
  if (known.fingerprint !== fingerprint) {
    throw new Problem('conflict', 'This idempotency key was used for another message', { code: 'idempotency_key_reused' })
  }
  // Stored above by the same function.
  return known.answer as unknown as AcceptedMessage
}

/** What lists show of a session while its first turn still runs. */
const firstTurn = (state: TurnState): Effect => ({
  store: 'totals',
  key: 'turn',
  write: { turns: 0, started_at: state.startedAt, preview: state.inputPreview },
})

/** The caller's tags stand beside the message's event, for filters. */
const tagged = (events: EventDraft[] | undefined, tags: string[]): EventDraft[] | undefined =>
  tags.length === 0
    ? events
    : events?.map((event) => (event.type === 'input.message' ? { ...event, extra: toJsonText({ tags }) } : event))

function enter(
  view: HeadView,
  uuid: Uuid,
  message: Message,
  tags: string[],
  session: Looked,
  { toolResultTimeoutMs, configs }: AcceptOptions,
): void {
  const planned = view.plannable()
  if (view.workflow && !planned)
    throw new Problem('unavailable', 'Another release runs this turn; try again', { retryAfterSeconds: 1 })
  // The type's own states: `plannable` checked type and version.
  if (planned && planned.workflow.status !== 'waiting') {
    const plan = steer(planned.workflow.state as TurnState, message)
    const status = planned.workflow.status === 'paused' ? 'paused' : 'running'
    view.apply(turnWorkflow, { ...plan, events: tagged(plan.events, tags), status }, null)
    return
  }
  if (planned)
    view.apply(turnWorkflow, withTotals(interruptWait(planned.workflow.state as TurnState, view.planView()), view.now), null)
  const { harness_id: harnessId, agent_id: agentId } = session
  const maxIterations = session.iterations ?? defaultMaxIterations
  const beginning = {
    turnId: uuid,
    message,
    harnessId,
    agentId,
    maxIterations,
    toolResultTimeoutMs,
    usageBefore: usageOf(session),
  }
  const plan = begin(beginning, view.planView())
  const effects = session.has_totals ? [] : [firstTurn(plan.state)]
  view.start(uuid, turnWorkflow, { ...plan, events: tagged(plan.events, tags), effects })
  // Its first step needs it as soon as this is committed. True whether it is committed or not: it is what the row and the revision say.
  const { orgId, sessionId } = view.head
  configs.prepare({ orgId, sessionId, model: plan.state.controls.model_id ?? null, revision: session.revision }, session)
}

const usageOf = ({ input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens }: Looked): TokenUsage => ({
  input_tokens,
  output_tokens,
  ...(cache_read_tokens > 0 ? { cache_read_tokens } : {}),
  ...(cache_creation_tokens > 0 ? { cache_creation_tokens } : {}),
})
