// What must hold once a run has come to rest: everything accepted is answered, everything called has its one result, and what happened
// outside happened as often as its class allows.

import type { StoredEvent } from '../../../../src/contract/events/index.ts'
import type { StepClass } from '../../../../src/contract/workflow.ts'
import { ownError } from '../steps.ts'
import type { User } from '../user.ts'
import type { World } from '../world.ts'

const ends = ['turn.completed', 'turn.failed', 'turn.cancelled']
const unless = (holds: boolean, breach: () => string): string[] => (holds ? [] : [breach()])

interface Call {
  id: string
  class: string
}

/** A session's log, read. */
interface Log {
  user: User
  events: Readonly<StoredEvent>[]
  /** Data of the events of one type, with their sequence. */
  of(type: string): { sequence: number; data: Data }[]
}

/** Fields of the events read here, each where its type has it. */
interface Data {
  turn_id?: string
  message?: { id: string; role: string; content: { type: string; text?: string; id?: string; name?: string }[] }
  through?: number
  tool_call_id?: string
  status?: string
  error?: string
}

export function restBreaches(world: World): string[] {
  return [
    ...world.users.flatMap((user) => sessionBreaches(world, logOf(world, user))),
    ...slotBreaches(world),
    ...world.users.flatMap(({ surprises }) => surprises),
  ]
}

function logOf(world: World, user: User): Log {
  const events = [...world.database.tables.events.values()]
    .filter(({ sessionId }) => sessionId === user.sessionId)
    .sort((a, b) => a.sequence - b.sequence)
  const of = (type: string) =>
    events.flatMap((event) => (event.type === type ? [{ sequence: event.sequence, data: JSON.parse(event.data) as Data }] : [])) // as the registry's types say
  return { user, events, of }
}

const sessionBreaches = (world: World, log: Log): string[] => [
  ...turnBreaches(log),
  ...attemptBreaches(log),
  ...inputBreaches(log),
  ...answerBreaches(log),
  ...callsOf(log).flatMap((call) => callBreaches(world, log, call)),
]

/** Every turn that began ended once. */
function turnBreaches(log: Log): string[] {
  const ended = ends.flatMap((type) => log.of(type)).map(({ data }) => data.turn_id)
  return log.of('turn.started').flatMap(({ data: { turn_id: id } }) => {
    const count = ended.filter((one) => one === id).length
    return unless(count === 1, () => `turn ${id} ended ${count} times`)
  })
}

/** What an attempt says once is once in the log, however often it was sent. */
function attemptBreaches({ events }: Log): string[] {
  const said = events.filter(({ execId, type }) => execId !== null && (type === 'reason.started' || type === 'tool.started'))
  const once = new Set(said.map(({ execId }) => execId))
  return unless(once.size === said.length, () => `${said.length - once.size} beginnings of attempts are stored twice`)
}

/** What was accepted is in the log, where its answer said; nothing is there twice. */
function inputBreaches({ user, of }: Log): string[] {
  const inputs = of('input.message')
  return user.posts.flatMap(({ text, accepted, isKeyed }) => {
    const found = inputs.filter(({ data }) => data.message?.content[0]?.text === text)
    return [
      ...unless(found.length <= 1, () => `"${text}" is ${found.length} times in the log`),
      ...unless(!isKeyed || accepted !== null, () => `"${text}" was never accepted`),
      ...unless(
        !accepted || (found[0]?.sequence === accepted.sequence && found[0].data.message?.id === accepted.message.id),
        () => `"${text}" was accepted as ${accepted?.sequence} and stands at ${found[0]?.sequence}`,
      ),
    ]
  })
}

/** Each final answer knew more than the one before, and the last one everything (where its turn was not cut short). */
function answerBreaches(log: Log): string[] {
  const answers = log.of('output.message.completed').filter(({ data }) => data.through !== undefined)
  const finals = answers.filter(({ data }) => data.message?.content.every((part) => part.type !== 'tool_call'))
  const last = log.of('input.message').at(-1)?.sequence ?? 0
  const ended = log.events.findLast(({ type }) => ends.includes(type))
  const through = finals.at(-1)?.data.through ?? 0
  const ids = answers.map(({ data }) => data.message?.id)
  return [
    ...finals.flatMap(({ data }, n) =>
      unless(
        n === 0 || (data.through ?? 0) > (finals[n - 1]?.data.through ?? 0),
        () => `what came up to ${data.through} was answered twice`,
      ),
    ),
    ...unless(ended?.type !== 'turn.completed' || through >= last, () => `the message at ${last} was not answered`),
    ...unless(last === 0 || (ended?.sequence ?? 0) > last, () => `nothing ended after the message at ${last}`),
    ...unless(new Set(ids).size === ids.length, () => 'an answer was stored twice'),
  ]
}

const callsOf = (log: Log): Call[] =>
  log
    .of('output.message.completed')
    .flatMap(({ data }) =>
      (data.message?.content ?? []).flatMap(({ type, id, name }) =>
        type === 'tool_call' && id && name ? [{ id, class: name }] : [],
      ),
    )

const effects: Partial<Record<StepClass, (world: World, call: Call, status: string, isOwn: boolean) => string[]>> = {
  at_most_once({ ledger }, { id }, status, isOwn) {
    const count = ledger.filter((line) => line.call === id).length
    return unless(
      isOwn ? count === 1 : count <= 1,
      () => `at-most-once call ${id} ended as ${status} and happened ${count} times`,
    )
  },
  keyed({ ledger }, { id }, status) {
    const keys = new Set(ledger.filter((line) => line.call === id).map(({ key }) => key)).size
    return unless(
      keys === 1 || (keys === 0 && status !== 'success'),
      () => `keyed call ${id} ended as ${status} with ${keys} keys`,
    )
  },
  transactional({ database }, { id }, status) {
    const written = [...database.writes].filter(({ by }) => by === id).length
    return unless(
      written === (status === 'success' ? 1 : 0),
      () => `transactional call ${id} ended as ${status} and wrote ${written} times`,
    )
  },
}

function callBreaches(world: World, log: Log, call: Call): string[] {
  const results = log.of('tool.completed').filter(({ data }) => data.tool_call_id === call.id)
  const { status = 'nothing', error } = results[0]?.data ?? {}
  // The table has an entry for the classes that promise something about effects; other names are no class.
  const promised = effects[call.class as StepClass]
  return [
    ...unless(results.length === 1, () => `call ${call.id} has ${results.length} results`),
    ...(promised?.(world, call, status, status === 'success' || error === ownError) ?? []),
  ]
}

/**
 * Every slot of every worker is free again, and its control plane knows. It may count one too many: a task that was leased while its
 * worker's stream was replaced by the next on the same control plane is counted on the old one.
 */
function slotBreaches({ planes, workers }: World): string[] {
  const streams = planes.flatMap(({ engine }) => engine.streams.all()).sort((a, b) => b.epoch - a.epoch)
  return workers.flatMap(({ incarnation, capacity, actor, loop }) => {
    const credit = streams.find(({ hello }) => hello.incarnation === incarnation)?.credit ?? 0
    return [
      ...unless(loop.running().length === 0, () => `${actor.name} still runs something`),
      ...unless(credit >= capacity, () => `${actor.name} has ${capacity} slots and its control plane counts ${credit}`),
    ]
  })
}
