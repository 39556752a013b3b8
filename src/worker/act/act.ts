// The act step: one tool call. It is said to have begun before an effect that cannot be repeated; its result, its events and what
// it wrote commit together.
import type { Logger } from 'pino'
import type { ToolContext } from '../../contract/capability.ts'
import type { Assignment } from '../../contract/control-plane.ts'
import { draft } from '../../contract/events/index.ts'
import { failpoint } from '../../contract/failpoint.ts'
import { beginsExplicitly } from '../../contract/workflow.ts'
import type { BoundTool } from '../../turn/runtime-agent.ts'
import type { PlannedCall } from '../../turn/state.ts'
import { type Agents, type Place, placeOf } from '../agents.ts'
import { logIds } from '../log-ids.ts'
import type { SessionMemory } from '../session-memory.ts'
import type { Step, StepResult, StepTools } from '../step.ts'
import { readArguments } from './arguments.ts'
import { type Changes, type Overlay, sessionOverlay } from './overlay.ts'
import { capped, resultParts } from './result.ts'
import { type Ran, runTool } from './run-tool.ts'

export interface ActParts {
  agents: Agents
  memory: SessionMemory
  log: Logger
  now(): Date
  /** Milliseconds of a clock that never goes back. */
  clock(): number
}

const defaultTimeoutMs = 300_000
const elsewhereMs = 300
const elsewhereTries = 20

/** One tool call while it runs. */
interface Acting {
  parts: ActParts
  assignment: Assignment
  tools: StepTools
  call: PlannedCall
  place: Place
  tool: BoundTool | undefined
  startedAt: number
}

export const actStep =
  (parts: ActParts): Step =>
  async (assignment, tools) => {
    const startedAt = parts.clock()
    const { step, config } = await parts.memory.recall(assignment, tools)
    const call = callOf(assignment)
    const place = placeOf(config, step.controls)
    const tool = parts.agents.tool(config, call.name)
    return act({ parts, assignment, tools, call, place, tool, startedAt })
  }

// The turn's plan made this input: `{ call: PlannedCall }`.
const callOf = ({ input }: Assignment): PlannedCall => (input as unknown as { call: PlannedCall }).call

async function act(acting: Acting): Promise<StepResult> {
  const { tool, call, assignment } = acting
  if (!tool)
    return isElsewhere(acting)
      ? { kind: 'postpone', afterMs: elsewhereMs }
      : refused(acting, `There is no tool named ${call.name}.`)
  const args = readArguments(tool, call.arguments)
  if ('problem' in args) return refused(acting, args.problem)
  if (beginsExplicitly(tool.effect) && !beginsExplicitly(assignment.class)) {
    return refused(acting, `The tool ${call.name} was changed since it was called. Call it again.`)
  }
  return perform(acting, tool, args.args)
}

/** A worker of another release has the tool: the call goes back to the queue, until it has met so many of us that there is none. */
const isElsewhere = ({ call, assignment }: Acting): boolean => call.known === true && assignment.task.attempt < elsewhereTries

/** An error that the model can mend; nothing was run. */
function refused(acting: Acting, error: string): StepResult {
  acting.tools.emit.event('tool.started', startedData(acting.call))
  return finish(acting, { status: 'error', error })
}

async function perform(acting: Acting, tool: BoundTool, args: unknown): Promise<StepResult> {
  const { tools, assignment, parts, call } = acting
  const started = startedData(call)
  await failpoint(`act.before_begin.${assignment.class}`)
  if (beginsExplicitly(assignment.class)) await tools.begin([draft('tool.started', started)])
  else tools.emit.event('tool.started', started)
  await failpoint(`act.after_begin.${assignment.class}`)
  const overlay = sessionOverlay(tools.call, tool.effect === 'transactional', parts.now)
  const ran = await runTool({
    signal: tools.signal,
    timeoutMs: tool.tool.timeoutMs ?? defaultTimeoutMs,
    run: (signal) => tool.tool.run(args, contextOf(acting, tool, overlay, signal)),
  })
  await failpoint(`act.after_effect.${assignment.class}`)
  return ended(acting, ran, overlay)
}

async function ended(acting: Acting, ran: Ran, overlay: Overlay): Promise<StepResult> {
  const { parts, assignment, call, tools } = acting
  if (ran.status === 'unavailable') {
    if (!beginsExplicitly(assignment.class)) return { kind: 'fail', error: ran.error, retryable: true }
    return finish(acting, { status: 'error', error: `${ran.error}. The tool had begun: check what it did before repeating it.` })
  }
  if (ran.status === 'error' && ran.accident !== undefined && !tools.signal.aborted) {
    parts.log.error({ err: ran.accident, tool: call.name, ...logIds(assignment) }, 'a tool failed')
  }
  if (ran.status !== 'success') return finish(acting, ran)
  return finish(acting, ran, await overlay.changes())
}

function contextOf(
  { assignment, tools, call, place, parts }: Acting,
  tool: BoundTool,
  overlay: Overlay,
  signal: AbortSignal,
): ToolContext {
  const { emit } = tools
  const named = { tool_call_id: call.id, tool_name: call.name }
  return {
    orgId: assignment.orgId,
    sessionId: assignment.sessionId,
    turnId: assignment.workflowId,
    toolCallId: call.id,
    // A tool call id is only unique in its session.
    idempotencyKey: `${assignment.workflowId}:${call.id}`,
    attempt: assignment.task.attempt,
    config: tool.config,
    now: parts.now,
    signal,
    progress: (message) => emit.event('tool.progress', { message, ...shown(call), ...named }),
    output: (stream, delta) =>
      emit.piece(stream, delta, (piece) => draft('tool.output.delta', { delta: piece, stream, ...named })),
    ...overlay.stores,
    ...place,
  }
}

const shown = ({ displayName }: PlannedCall) => (displayName ? { display_name: displayName } : {})
const narrated = ({ narration }: PlannedCall) => (narration ? { narration } : {})

const startedData = (call: PlannedCall) => ({
  tool_call: { id: call.id, name: call.name, arguments: call.arguments },
  ...shown(call),
  ...narrated(call),
})

type Ended = Exclude<Ran, { status: 'unavailable' }>

const nothing: Changes = { effects: [], events: [] }

function finish({ call, tool, parts, startedAt }: Acting, ran: Ended, { effects, events } = nothing): StepResult {
  const completed = draft('tool.completed', {
    tool_call_id: call.id,
    tool_name: call.name,
    success: ran.status === 'success',
    status: ran.status,
    ...(ran.status === 'success' ? { result: resultParts(ran.value) } : { error: capped(ran.error) }),
    duration_ms: Math.round(parts.clock() - startedAt),
    ...shown(call),
    ...narrated(call),
    ...(tool ? { capability_id: tool.capabilityId, capability_name: tool.capabilityName } : {}),
  })
  return { kind: 'finish', value: { status: ran.status }, effects, events: [...events, completed] }
}
