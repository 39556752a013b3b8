// What the log of a session must be, whatever died while it was written.
import { callsOf, type WireEvent, type WireMessage } from '../harness/wire.ts'
import type { Evidence } from './evidence.ts'

const ends = ['turn.completed', 'turn.failed', 'turn.cancelled', 'turn.sealed']

export const ofType = (events: readonly WireEvent[], ...types: string[]): WireEvent[] =>
  events.filter(({ type }) => types.includes(type))

/** How often each item comes. */
export function tally(items: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1)
  return counts
}

/** Answers of agents, oldest first. */
export const answersIn = (events: readonly WireEvent[]): { message: WireMessage; through: number; sequence: number }[] =>
  ofType(events, 'output.message.completed').flatMap(({ data: { message, through = 0 }, sequence }) =>
    message ? [{ message, through, sequence }] : [],
  )

export function sequences({ rows, head }: Evidence): string[] {
  const problems = rows.flatMap(({ sequence, id }, n) => {
    if (sequence !== n + 1) return [`sequence ${sequence} stands where ${n + 1} belongs`]
    return Number.parseInt(id.slice(-8), 16) === sequence ? [] : [`the id of event ${sequence} does not carry its sequence`]
  })
  return head.last_sequence === rows.length
    ? problems
    : [...problems, `the head says ${head.last_sequence}, the log has ${rows.length}`]
}

/** Every turn that began ended once, and well. */
export function turns({ events, workflows, head, status, tasks }: Evidence): string[] {
  const started = tally(ofType(events, 'turn.started').map(({ data }) => data.turn_id ?? ''))
  const ended = tally(ofType(events, ...ends).map(({ data }) => data.turn_id ?? ''))
  return [
    ...[...started].flatMap(([turn, count]) =>
      count === 1 && ended.get(turn) === 1 ? [] : [`turn ${turn} ended ${ended.get(turn) ?? 0} times`],
    ),
    ...[...ended.keys()].filter((turn) => !started.has(turn)).map((turn) => `turn ${turn} ended without a beginning`),
    ...ofType(events, ...ends.slice(1)).map(({ type, data }) => `${type}: ${data.error ?? ''}`),
    ...workflows.filter((workflow) => workflow.status !== 'completed').map((workflow) => `a workflow is ${workflow.status}`),
    ...tasks
      .filter((task) => ['pending', 'claimed', 'waiting'].includes(task.status))
      .map((task) => `task ${task.key} is ${task.status}`),
    ...(head.live_turn ? [`the head still names the turn ${head.live_turn}`] : []),
    ...(status === 'idle' ? [] : [`the session is ${status}`]),
  ]
}

/** What was accepted is in the log once, and exactly one final answer was made knowing it as its newest input. */
export function answered({ accepted, events }: Evidence): string[] {
  const inputs = tally(ofType(events, 'input.message').map(({ data }) => data.message?.id ?? ''))
  const finals = answersIn(events).filter(({ message }) => callsOf(message).length === 0)
  const marks = finals.map(({ through }) => through)
  const last = Math.max(0, ...accepted.map(({ sequence }) => sequence))
  return [
    ...accepted.flatMap(({ id }) => (inputs.get(id) === 1 ? [] : [`message ${id} is ${inputs.get(id) ?? 0} times in the log`])),
    ...(inputs.size === accepted.length ? [] : [`${accepted.length} messages were accepted, ${inputs.size} are in the log`]),
    ...marks.flatMap((through, n) =>
      n > 0 && through <= (marks[n - 1] ?? 0) ? [`what came up to ${through} was answered twice`] : [],
    ),
    ...((marks.at(-1) ?? 0) >= last ? [] : [`message ${last} was never answered`]),
  ]
}

/** Each model answer and each tool call has one end; no model was ever given a call without its result. */
export function calls({ events }: Evidence): string[] {
  const answers = answersIn(events)
  const asked = answers.flatMap(({ message }) => callsOf(message).map(({ id }) => id))
  const completed = tally(ofType(events, 'tool.completed').map(({ data }) => data.tool_call_id ?? ''))
  const twice = [...tally([...answers.map(({ message }) => message.id), ...asked])].filter(([, count]) => count > 1)
  return [
    ...twice.map(([id]) => `${id} was said more than once`),
    ...asked.flatMap((id) => (completed.get(id) === 1 ? [] : [`call ${id} has ${completed.get(id) ?? 0} results`])),
    ...[...completed.keys()].filter((id) => !asked.includes(id)).map((id) => `a result for ${id}, which nobody called`),
    ...ofType(events, 'transcript.repaired').map(({ sequence }) => `a transcript had to be repaired at ${sequence}`),
    ...ofType(events, 'llm.generation').flatMap(({ data, sequence }) =>
      dangling(data.messages ?? []).map((id) => `the model call at ${sequence} was given ${id} without a result`),
    ),
  ]
}

function dangling(messages: readonly WireMessage[]): string[] {
  const results = new Set(messages.flatMap(({ content }) => content.map((part) => part.tool_call_id)))
  return messages.flatMap((message) =>
    callsOf(message)
      .filter(({ id }) => !results.has(id))
      .map(({ id }) => id),
  )
}
