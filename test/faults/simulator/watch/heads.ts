// A session's log and its turns, after every commit.
import { isOpen } from '../../../../src/durable/rows.ts'
import type { Change, StoredWorkflow } from '../database/tables.ts'
import type { World } from '../world.ts'

const unless = (holds: boolean, breach: () => string): string[] => (holds ? [] : [breach()])

export function headBreaches(world: World, changes: readonly Change[]): string[] {
  return [
    ...sequenceBreaches(world, changes),
    ...changes.flatMap((change) => (change.table === 'workflows' ? workflowBreaches(world, change) : [])),
  ]
}

/** Sequences without gaps, the head as their counter, and nothing ever changed. */
function sequenceBreaches({ database }: World, changes: readonly Change[]): string[] {
  const { heads, events } = database.tables
  const appended = changes.flatMap((change) => (change.table === 'events' ? [change] : []))
  return appended.flatMap(({ before, after: { sessionId, sequence } }) => [
    ...unless(before === undefined, () => `event ${sequence} was changed`),
    ...unless(sequence === 1 || events.has(`${sessionId} ${sequence - 1}`), () => `event ${sequence} follows a gap`),
    ...unless((heads.get(sessionId)?.lastSequence ?? 0) >= sequence, () => `event ${sequence} is after its head's last`),
  ])
}

type WorkflowChange = Extract<Change, { table: 'workflows' }>

function workflowBreaches({ database }: World, { before, after }: WorkflowChange): string[] {
  const head = database.tables.heads.get(after.sessionId)
  const live = isLive(after)
  return [
    ...unless(before === undefined || isLive(before), () => `a turn that was ${before?.status} became ${after.status}`),
    ...unless(
      (head?.liveTurn === after.id) === live,
      () => `the head names ${head?.liveTurn} and the turn ${after.id} is ${after.status}`,
    ),
    ...zombieBreaches(database.tables.tasks.values(), after, live),
  ]
}

const isLive = ({ status }: StoredWorkflow): boolean => status === 'running' || status === 'waiting' || status === 'paused'

/** What lives has something that moves it on; what has ended leaves nothing open. */
function zombieBreaches(
  tasks: Iterable<World['database']['tables']['tasks'] extends Map<string, infer Task> ? Task : never>,
  { id, status }: StoredWorkflow,
  live: boolean,
): string[] {
  const open = [...tasks].filter((task) => task.workflowId === id && isOpen({ ...task, input: null }))
  if (!live) return unless(open.length === 0, () => `a turn is ${status} and ${open.map(({ key }) => key).join()} are open`)
  if (status === 'paused') return []
  const waits = open.filter((task) => task.status === 'waiting').length
  if (status === 'waiting') return unless(waits > 0, () => 'a turn waits for nothing')
  return unless(open.length > waits, () => 'a turn runs and nothing will ever move it')
}
