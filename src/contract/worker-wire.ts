// worker.proto's messages ⇄ control-plane.ts's. Both ends of the wire use it, so that a field is named once in each direction.
import type { Assignment, ControlMessage, Hello, WorkerMessage } from './control-plane.ts'
import type { EventDraft, EventType } from './events/index.ts'
import type * as Wire from './gen/worker.ts'
import type { Json } from './json.ts'
import { toJsonText } from './json.ts'
import { Problem } from './problem.ts'
import { type Effect, type StepClass, stepClasses, type TaskRef } from './workflow.ts'

/** The largest message either side takes or sends. */
export const wireLimitBytes = 32 * 1024 * 1024

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8')
const text = (buffer: Buffer): string => buffer.toString('utf8')

export const jsonBytes = (value: unknown): Buffer => bytes(toJsonText(value))

/** Answers bad_request for bytes that are not JSON. */
export function jsonOf(buffer: Buffer): Json {
  try {
    // JSON.parse gives exactly the values of Json.
    return JSON.parse(text(buffer)) as Json
  } catch (cause) {
    throw new Problem('bad_request', 'A message on the worker stream holds bytes that are not JSON', { cause })
  }
}

const eventToWire = ({ type, data, agoMs }: EventDraft): Wire.Event => ({ type, data: bytes(data), agoMs: agoMs ?? 0 })

function eventFromWire({ type, data, agoMs }: Wire.Event): EventDraft {
  // A newer worker may know types that we do not: they are stored, and readers skip what they do not know.
  const known = type as EventType
  return agoMs > 0 ? { type: known, data: text(data), agoMs } : { type: known, data: text(data) }
}

function ref(task: TaskRef | undefined): TaskRef {
  if (!task?.id) throw new Problem('bad_request', 'A message on the worker stream names no task')
  return task
}

export const helloToWire = ({ inProcess: _, group, ...hello }: Hello): Wire.WorkerMessage => ({
  body: { $case: 'hello', value: { ...hello, ...(group === null ? {} : { group }) } },
})

/** The first message of a stream; answers bad_request when it is anything else. */
export function helloFromWire({ body }: Wire.WorkerMessage): Hello {
  if (body?.$case !== 'hello') throw new Problem('bad_request', 'The first message on a worker stream must be the hello')
  const { group, ...hello } = body.value
  return { ...hello, group: group ?? null, inProcess: false }
}

export function workerToWire(message: WorkerMessage): Wire.WorkerMessage {
  switch (message.kind) {
    case 'credit':
      return { body: { $case: 'credit', value: { slots: message.slots } } }
    case 'beat':
      return { body: { $case: 'beat', value: { running: message.running, accepting: message.accepting } } }
    case 'emit': {
      const { task, number, chars, events } = message
      return { body: { $case: 'emit', value: { task, number, chars, events: events.map(eventToWire) } } }
    }
    case 'begin':
      return { body: { $case: 'begin', value: { task: message.task, events: message.events.map(eventToWire) } } }
    case 'finish': {
      const { task, value, events, effects, wantsNext, emits = 0, services = [] } = message
      const written = effects.length > 0 ? jsonBytes(effects) : Buffer.alloc(0)
      return {
        body: {
          $case: 'finish',
          value: { task, value: jsonBytes(value), events: events.map(eventToWire), effects: written, wantsNext, services, emits },
        },
      }
    }
    case 'fail': {
      const { kind: _, services = [], ...fail } = message
      return { body: { $case: 'fail', value: { ...fail, services } } }
    }
    case 'release':
      return { body: { $case: 'release', value: { tasks: message.tasks, afterMs: message.afterMs } } }
    case 'goodbye':
      return { body: { $case: 'goodbye', value: {} } }
  }
}

/** Null for a kind this release does not know: a newer worker must not be cut off for it. */
export function workerFromWire({ body }: Wire.WorkerMessage): WorkerMessage | null {
  switch (body?.$case) {
    case 'credit':
      return { kind: 'credit', slots: body.value.slots }
    case 'beat':
      return { kind: 'beat', ...body.value }
    case 'emit': {
      const { task, number, chars, events } = body.value
      return { kind: 'emit', task: ref(task), number, chars, events: events.map(eventFromWire) }
    }
    case 'begin':
      return { kind: 'begin', task: ref(body.value.task), events: body.value.events.map(eventFromWire) }
    case 'finish': {
      const { task, value, events, effects, wantsNext, services, emits } = body.value
      // Made by workerToWire from an Effect[]; the hand-off checks what it applies.
      const written = effects.length > 0 ? (jsonOf(effects) as unknown as Effect[]) : []
      return {
        kind: 'finish',
        task: ref(task),
        value: jsonOf(value),
        events: events.map(eventFromWire),
        effects: written,
        wantsNext,
        ...(emits > 0 ? { emits } : {}),
        ...(services.length > 0 ? { services } : {}),
      }
    }
    case 'fail': {
      const { task, services, ...fail } = body.value
      return { kind: 'fail', ...fail, task: ref(task), ...(services.length > 0 ? { services } : {}) }
    }
    case 'release': {
      const { tasks, afterMs } = body.value
      return { kind: 'release', tasks, ...(afterMs === undefined ? {} : { afterMs }) }
    }
    case 'goodbye':
      return { kind: 'goodbye' }
    default:
      return null
  }
}

const assignmentToWire = (assignment: Assignment): Wire.Assignment => ({
  ...assignment,
  input: jsonBytes(assignment.input),
  context: bytes(assignment.context),
})

function assignmentFromWire(wire: Wire.Assignment): Assignment {
  const stepClass = stepClasses.find((known) => known === wire.class)
  // Unknown to this release: the most careful one.
  const careful: StepClass = stepClass ?? 'at_most_once'
  return { ...wire, task: ref(wire.task), class: careful, input: jsonOf(wire.input), context: text(wire.context) }
}

export function controlToWire(message: ControlMessage): Wire.ControlMessage {
  switch (message.kind) {
    case 'welcome': {
      const { kind: _, ...welcome } = message
      return { body: { $case: 'welcome', value: welcome } }
    }
    case 'task':
      return { body: { $case: 'task', value: assignmentToWire(message.assignment) } }
    case 'emitted':
      return { body: { $case: 'emitted', value: { task: message.task, number: message.number } } }
    case 'begun':
      return { body: { $case: 'begun', value: { task: message.task } } }
    case 'finished':
      return { body: { $case: 'finished', value: { task: message.task, next: message.next.map(assignmentToWire) } } }
    case 'stop':
      return { body: { $case: 'stop', value: { task: message.task, why: message.why } } }
    case 'drain':
      return { body: { $case: 'drain', value: {} } }
    case 'resume':
      return { body: { $case: 'resume', value: {} } }
  }
}

/** Null for a kind this release does not know. */
export function controlFromWire({ body }: Wire.ControlMessage): ControlMessage | null {
  switch (body?.$case) {
    case 'welcome':
      return { kind: 'welcome', ...body.value }
    case 'task':
      return { kind: 'task', assignment: assignmentFromWire(body.value) }
    case 'emitted':
      return { kind: 'emitted', task: ref(body.value.task), number: body.value.number }
    case 'begun':
      return { kind: 'begun', task: ref(body.value.task) }
    case 'finished':
      return { kind: 'finished', task: ref(body.value.task), next: body.value.next.map(assignmentFromWire) }
    case 'stop':
      return { kind: 'stop', task: ref(body.value.task), why: body.value.why === 'cancelled' ? 'cancelled' : 'lost' }
    case 'drain':
      return { kind: 'drain' }
    case 'resume':
      return { kind: 'resume' }
    default:
      return null
  }
}
