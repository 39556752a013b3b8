// A small engine in memory around the turn's plan: one head, one live turn, its tasks. Everything that can happen to a turn is
// a method, and what must hold is checked after each.
import { expect } from 'vitest'
import { draft, type EventDraft } from '../../src/contract/events/index.ts'
import type { Json } from '../../src/contract/json.ts'
import type { Message } from '../../src/contract/message.ts'
import { Problem } from '../../src/contract/problem.ts'
import type { NewTask, OpenTask, Plan, PlanView, TaskOutcome } from '../../src/contract/workflow.ts'
import { begin, cancel, interruptWait, pause, resume, settleResults, steer } from '../../src/turn/doors.ts'
import { turn } from '../../src/turn/plan.ts'
import type { ContextEvent } from '../../src/turn/session-config.ts'
import type { PlannedCall, TurnState } from '../../src/turn/state.ts'
import { foldTranscript } from '../../src/turn/transcript.ts'
import { validTranscript } from '../../src/turn/transcript-repair.ts'

type Status = NonNullable<Plan<TurnState>['status']>
export type ModelCall = Pick<PlannedCall, 'class' | 'concurrencyClass'>
interface Live {
  number: number
  state: TurnState
  status: Status
  tasks: (OpenTask & { concurrencyClass?: string; settled: boolean })[]
  steered: number
}
interface Logged extends ContextEvent {
  turn: number
}

const maxIterations = 2
const terminal = ['turn.completed', 'turn.failed', 'turn.cancelled']
const idOf = (n: number): string => `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`

export class World {
  log: Logged[] = []
  lastInput = 0
  turns = 0
  ids = 0
  now = 0
  live: Live | null = null
  over: Live | null = null
  reports: TaskOutcome[] = []
  /** How many inputs the model call behind an answer was given. */
  heard = new Map<string, number>()
  holdBack = false
  /** What the open model call was given: the last sequence at its hand-off. */
  given = 0

  get turn(): Live {
    if (!this.live) throw new Error('no live turn')
    return this.live
  }
  open(kinds: string[]) {
    return (this.live?.tasks ?? []).filter((task) => !task.settled && kinds.includes(task.kind))
  }
  view(): PlanView {
    const open = this.open(['reason', 'act', 'client']).map(({ key, kind, class: stepClass, begun }) => ({
      key,
      kind,
      class: stepClass,
      begun,
    }))
    return { lastInput: this.lastInput, lastSequence: this.log.length, now: ++this.now, open }
  }

  append(number: number, events: EventDraft[]): void {
    for (const event of events) {
      const sequence = this.log.length + 1
      if (event.type === 'input.message') this.lastInput = sequence
      this.log.push({ ...event, sequence, ts: this.now, turnId: idOf(number), turn: number })
    }
  }

  apply(live: Live, proposed: Plan<TurnState>): void {
    const plan = this.holdBack ? pause(proposed, 'budget') : proposed
    // As it would come back from its row, and as another process would read it.
    live.state = frozen(JSON.parse(JSON.stringify(plan.state)))
    if (!plan.end) expect(plan.status).toBeDefined()
    live.status = plan.status ?? live.status
    for (const { key } of plan.settle ?? []) this.settle(live, key)
    this.append(live.number, plan.events ?? [])
    if (plan.end) this.endTurn(live, plan.end.status)
    else this.goOn(live, plan.tasks ?? [])
  }

  goOn(live: Live, tasks: NewTask[]): void {
    for (const task of tasks) this.insert(live, task)
    this.checkLive(live)
  }

  settle(live: Live, key: string): void {
    const task = live.tasks.find((one) => one.key === key && !one.settled)
    expect(task, `an open task ${key} to settle`).toBeDefined()
    if (task) task.settled = true
  }

  insert(live: Live, task: NewTask): void {
    expect(live.tasks.map((one) => one.key)).not.toContain(task.key)
    const { concurrencyClass } = (task.input.call ?? {}) as ModelCall
    live.tasks.push({ key: task.key, kind: task.kind, class: task.class, begun: false, concurrencyClass, settled: false })
    if (task.kind === 'reason') this.checkReason(live)
    else expect(live.state.iteration).toBeLessThan(maxIterations)
  }

  /** No model call starts while a call of an earlier answer lacks its result, and every input so far is in its context. */
  checkReason(live: Live): void {
    this.given = this.log.length
    expect(live.state.through).toBe(this.lastInput)
    expect(live.state.iteration).toBeLessThanOrEqual(maxIterations + live.steered)
    const { messages, repairs } = validTranscript(foldTranscript([], this.log).map((entry) => entry.message))
    expect(repairs).toEqual([])
    expect(messages.at(-1)?.role).not.toBe('agent')
    let inputs = 0
    for (const { id, role } of messages) {
      if (role === 'user') inputs++
      else if (role === 'agent') expect(inputs).toBe(this.heard.get(id) ?? inputs)
    }
    expect(inputs).toBe(this.eventsOf('input.message').length)
  }

  checkLive(live: Live): void {
    const open = live.tasks.filter((task) => !task.settled)
    const server = open.filter((task) => task.kind !== 'client')
    if (live.status === 'paused') expect(open).toEqual([])
    if (live.status === 'waiting') expect([server.length, open.length > 0]).toEqual([0, true])
    if (live.status === 'running') expect([server.length > 0, open.length - server.length]).toEqual([true, 0])
    const classes = server.flatMap((task) => task.concurrencyClass ?? [])
    expect(new Set(classes).size).toBe(classes.length)
  }

  endTurn(live: Live, status: string): void {
    const ends = this.log.filter((event) => event.turn === live.number && terminal.includes(event.type))
    expect(ends.map((event) => event.type)).toEqual([`turn.${status}`])
    if (status === 'completed') expect(live.state.through).toBe(this.lastInput)
    expect(this.called()).toEqual(this.answered())
    this.live = null
    this.over = live
  }

  eventsOf = (type: string): Logged[] => this.log.filter((event) => event.type === type)
  called = (): string[] =>
    this.eventsOf('output.message.completed')
      .flatMap((event) => (JSON.parse(event.data).message as Message).content)
      .flatMap((part) => (part.type === 'tool_call' ? [part.id] : []))
      .sort()
  answered = (): string[] =>
    this.eventsOf('tool.completed')
      .map((event) => String(JSON.parse(event.data).tool_call_id))
      .sort()

  // ── what happens ──

  post(): void {
    const { live } = this
    if (live && live.status !== 'waiting') this.steer(live)
    else this.begin(live)
  }

  steer(live: Live): void {
    live.steered++
    this.apply(live, steer(live.state, userMessage(++this.ids + 1_000)))
  }

  begin(waiting: Live | null): void {
    if (waiting) this.apply(waiting, interruptWait(waiting.state, this.view()))
    const number = ++this.turns
    const given = {
      turnId: idOf(number),
      message: userMessage(number),
      harnessId: idOf(0),
      agentId: null,
      maxIterations,
      toolResultTimeoutMs: 1,
    }
    const plan = begin(given, this.view())
    this.reports = []
    this.live = { number, state: plan.state, status: 'running', tasks: [], steered: 0 }
    this.apply(this.live, plan)
  }

  report(outcome: TaskOutcome, beside: EventDraft[]): void {
    const live = this.turn
    this.settle(live, outcome.task.key)
    this.append(live.number, beside)
    this.reports.push(outcome)
    this.apply(live, turn.plan(live.state, outcome, this.view()))
  }

  answer(calls: ModelCall[]): void {
    const [task] = this.open(['reason'])
    if (!task) return
    const planned = calls.map((call) => ({ ...call, id: `call-${++this.ids}`, name: 'tool', arguments: {} }))
    const parts = planned.map(({ id, name }) => ({ type: 'tool_call' as const, id, name, arguments: {} }))
    const content = parts.length > 0 ? parts : [{ type: 'text' as const, text: 'answer' }]
    const message: Message = { id: `answer-${++this.ids}`, role: 'agent', content, created_at: '' }
    const usage = { input_tokens: 1, output_tokens: 1 }
    const value: Json = { ok: true, messageId: message.id, preview: '', finishReason: 'stop', calls: planned, usage }
    this.heard.set(message.id, this.eventsOf('input.message').filter((event) => event.sequence <= this.given).length)
    this.report({ task, status: 'finished', value }, [draft('output.message.completed', { message, through: this.given })])
  }

  failModel(dead: boolean): void {
    const [task] = this.open(['reason'])
    if (!task) return
    const error = { code: 'provider_unavailable', message: 'no', disclosure: 'standard' }
    this.report(dead ? { task, status: 'dead', error: 'x' } : { task, status: 'finished', value: { ok: false, error } }, [])
  }

  endCall(pick: number, how: 'success' | 'error' | 'dead' | 'interrupted' | 'conflict' | 'timeout', kinds = ['act']): void {
    const open = this.open(kinds)
    const task = open[pick % open.length]
    if (!task) return
    if (how === 'dead') this.report({ task, status: how, error: 'x' }, [])
    else if (how === 'success' || how === 'error') this.finishCall(task, how)
    else this.report({ task, status: how }, [])
  }

  finishCall(task: OpenTask, status: 'success' | 'error'): void {
    const completed = draft('tool.completed', {
      tool_call_id: task.key,
      tool_name: 'tool',
      success: status === 'success',
      status,
    })
    this.report({ task, status: 'finished', value: { status } }, [completed])
  }

  /** A report that comes again, too late or otherwise plans nothing: not in the live turn and not in one that is over. */
  repeat(pick: number): void {
    for (const { state, tasks, status } of [this.live, this.over].filter((some) => some !== null)) {
      const settled = tasks.filter((task) => task.settled || this.over?.state === state)
      const task = settled[pick % settled.length]
      if (!task) continue
      const again = this.reports.filter((report) => report.task.key === task.key)
      for (const outcome of [...again, { task, status: 'timeout' as const }, { task, status: 'dead' as const, error: 'x' }]) {
        const plan = turn.plan(state, outcome, this.view())
        expect([plan.state, plan.tasks, plan.events, plan.settle, plan.end]).toEqual([
          state,
          undefined,
          undefined,
          undefined,
          undefined,
        ])
        if (this.live?.state === state) expect(plan.status).toBe(status)
      }
    }
  }

  submit(exact: boolean): void {
    const { live } = this
    if (!live) return
    const results = this.open(['client']).map(({ key }, n) =>
      n % 2 ? { tool_call_id: key, error: 'no' } : { tool_call_id: key, result: n },
    )
    const settled = () =>
      settleResults(live.state, this.view(), exact ? results : [...results, { tool_call_id: 'other', result: 1 }])
    if (exact && live.status === 'waiting') this.apply(live, settled())
    else expect(settled).toThrow(Problem)
  }

  cancel(): void {
    if (this.live) this.apply(this.live, cancel(this.live.state, this.view(), 'user'))
  }

  /** The next model call is held back. */
  hold(): void {
    this.holdBack = true
  }

  resume(): void {
    this.holdBack = false
    if (this.live?.status === 'paused') this.apply(this.live, resume(this.live.state, this.view()))
  }

  /** Whatever happened, a world in which everything answers comes to rest. */
  rest(): void {
    this.resume()
    for (let left = 100; this.live; left--) {
      expect(left).toBeGreaterThan(0)
      if (this.open(['client']).length > 0) this.endCall(0, 'timeout', ['client'])
      else if (this.open(['act']).length > 0) this.endCall(0, 'success')
      else this.answer([])
    }
    const ends = this.log.filter((event) => terminal.includes(event.type))
    expect(ends).toHaveLength(this.turns)
    expect(this.called()).toEqual(this.answered())
  }
}

const userMessage = (n: number): Message => ({
  id: `message_${n}`,
  role: 'user',
  content: [{ type: 'text', text: 'hi' }],
  created_at: '',
})

/** The engine keeps states in memory: a plan that changes one it was given fails. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(Object.freeze(value))) frozen(part)
  return value
}
