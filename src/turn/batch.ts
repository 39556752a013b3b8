// The batch of tool calls of one model answer: which calls may start, what is still open, when the batch is complete.
import { draft, type EventDraft } from '../contract/events/index.ts'
import type { JsonObject } from '../contract/json.ts'
import type { NewTask, Plan, PlanView } from '../contract/workflow.ts'
import { preceded, reasonNext } from './next.ts'
import type { BatchCall, CallProgress, PlannedCall, TurnState } from './state.ts'

interface Batch {
  startedAt: number
  calls: BatchCall[]
  /** Calls without a task yet: behind another call of their class, or client-side. */
  queued: PlannedCall[]
}

const isServer = (call: { class: string }): boolean => call.class !== 'client'
const counted = (calls: readonly BatchCall[], progress: CallProgress): number =>
  calls.filter((call) => call.progress === progress).length

const summary = (call: PlannedCall) => ({
  id: call.id,
  name: call.name,
  ...(call.displayName ? { display_name: call.displayName } : {}),
  ...(call.narration ? { narration: call.narration } : {}),
})

const headline = (calls: readonly PlannedCall[], verb: string): string => {
  const [only] = calls
  if (calls.length !== 1 || !only) return `${verb} ${calls.length} tools`
  return only.narration ?? `${verb} ${only.displayName ?? only.name}`
}

/** Starts a batch: announces it and opens what may start. */
export function startBatch(state: TurnState, calls: PlannedCall[], view: PlanView): Plan<TurnState> {
  const batch = { startedAt: view.now, calls: calls.map((call) => progressOf(call, 'queued')), queued: calls }
  const started = draft('act.started', { tool_calls: calls.map(summary), headline: headline(calls, 'Running') })
  return preceded([started], advance({ ...state, toolCallCount: state.toolCallCount + calls.length }, batch, view))
}

const progressOf = (call: PlannedCall, progress: CallProgress): BatchCall => ({
  id: call.id,
  name: call.name,
  class: call.class,
  ...(call.concurrencyClass ? { concurrencyClass: call.concurrencyClass } : {}),
  progress,
})

/** Marks calls; the rest keep their progress. */
export const marked = (calls: readonly BatchCall[], ids: ReadonlySet<string>, progress: CallProgress): BatchCall[] =>
  calls.map((call) => (ids.has(call.id) ? { ...call, progress } : call))

/** Opens the next calls; once no server call is left, waits for the client's or completes the batch. */
export function advance(state: TurnState, before: Batch, view: PlanView): Plan<TurnState> {
  const starting = startable(before)
  const batch = opened(before, starting)
  if (batch.calls.some((call) => call.progress === 'open')) {
    return { state: { ...state, phase: { do: 'act', ...batch } }, tasks: starting.map(actTask), status: 'running' }
  }
  return batch.queued.length > 0 ? waitForClient(state, batch) : completeBatch(state, batch, view)
}

/** Server calls whose class has no open call; of several in one class the first. */
function startable(batch: Batch): PlannedCall[] {
  const busy = new Set(
    batch.calls.flatMap((call) => (call.progress === 'open' && call.concurrencyClass ? [call.concurrencyClass] : [])),
  )
  return batch.queued.filter(isServer).filter((call) => {
    if (!call.concurrencyClass) return true
    if (busy.has(call.concurrencyClass)) return false
    busy.add(call.concurrencyClass)
    return true
  })
}

function opened(batch: Batch, starting: readonly PlannedCall[]): Batch {
  const ids = new Set(starting.map((call) => call.id))
  return { ...batch, calls: marked(batch.calls, ids, 'open'), queued: batch.queued.filter((call) => !ids.has(call.id)) }
}

// The call was read from JSON, which the type `unknown` of its arguments no longer says.
const inputOf = (call: PlannedCall): JsonObject => ({ call: call as unknown as JsonObject })

const actTask = (call: PlannedCall): NewTask => ({ key: call.id, kind: 'act', class: call.class, input: inputOf(call) })

function waitForClient(state: TurnState, batch: Batch): Plan<TurnState> {
  const { startedAt, calls, queued } = batch
  const waiting = new Set(queued.map((call) => call.id))
  return {
    state: { ...state, phase: { do: 'wait', startedAt, calls: marked(calls, waiting, 'open') } },
    tasks: queued.map((call) => ({
      key: call.id,
      kind: 'client',
      class: 'client',
      input: inputOf(call),
      deadlineMs: state.toolResultTimeoutMs,
    })),
    events: [requested(queued)],
    status: 'waiting',
  }
}

const requested = (calls: readonly PlannedCall[]): EventDraft =>
  draft('tool.call_requested', {
    tool_calls: calls.map((call) => ({ id: call.id, name: call.name, arguments: call.arguments })),
    tool_summaries: calls.map(summary),
    headline: headline(calls, 'Waiting for'),
  })

/** After a client-side call got its result: waits on, or completes the batch. */
export function advanceWait(
  state: TurnState,
  waited: { startedAt: number; calls: BatchCall[] },
  view: PlanView,
): Plan<TurnState> {
  if (waited.calls.some((call) => call.progress === 'open')) {
    return { state: { ...state, phase: { do: 'wait', ...waited } }, status: 'waiting' }
  }
  return completeBatch(state, waited, view)
}

function completeBatch(
  state: TurnState,
  { startedAt, calls }: { startedAt: number; calls: BatchCall[] },
  view: PlanView,
): Plan<TurnState> {
  const done = draft('act.completed', {
    completed: true,
    success_count: counted(calls, 'success'),
    error_count: counted(calls, 'error'),
    duration_ms: Math.max(0, view.now - startedAt),
    headline: calls.length === 1 ? `Ran ${calls[0]?.name}` : `Ran ${calls.length} tools`,
  })
  return preceded([done], reasonNext(state, view))
}
