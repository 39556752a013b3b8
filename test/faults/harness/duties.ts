// A duty dies in the middle: a schedule is fired, pieces are compacted.
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { readEvidence } from '../invariants/evidence.ts'
import { folded, transcripts } from '../invariants/readers.ts'
import { beginCourse } from './course.ts'
import { firstPlane, oneWorker, planeRepaired } from './faults.ts'
import type { Random } from './random.ts'
import { Reader } from './reader.ts'
import { type Outcome, stuckMs } from './run.ts'
import { fullTurn } from './script.ts'
import { uuidOf } from './wire.ts'
import type { World } from './world.ts'

const lookMs = 50
/** Times of the schedule that must be dealt with after the death. */
const slotsAfter = 2

interface Slot {
  slot: Date
  status: string
  workflow: string | null
}

/** A schedule of one note a second fires while its control plane dies: each second is there once, and begins one note. */
export async function scheduleFires(world: World, _random: Random, failpoints: string): Promise<Outcome> {
  const plane = firstPlane(world)
  await oneWorker(world)
  const name = `notes ${randomUUID()}`
  const target = { type: 'activity', name: 'note', input: { name } }
  const wish = { name, cron_expression: '* * * * * *', target, catch_up_missed: true, max_catch_up: 100 }
  // The answer's shape is the contract's.
  const { id } = (await world.api.ask('POST', '/v1/durable/schedules', wish)) as { id: string }
  try {
    await plane.child.arm(failpoints)
    await Promise.race([plane.child.died, wait(stuckMs)])
    if (plane.child.diedAt === null) return { violations: [], recoveryMs: null, missed: true }
    const at = plane.child.diedAt
    const seen = (await slotsOf(world, id)).length
    await world.restart(plane)
    const after = await settled(world, id, seen + slotsAfter)
    const recoveredAt = Date.now()
    await world.api.ask('POST', `/v1/durable/schedules/${id}/pause`)
    return {
      violations: [...after, ...consecutive(await slotsOf(world, id)), ...(await orphans(world))],
      recoveryMs: recoveredAt - at,
    }
  } finally {
    await planeRepaired(world, plane)
    await world.api.ask('POST', `/v1/durable/schedules/${id}/pause`)
  }
}

async function slotsOf({ db }: World, schedule: string): Promise<Slot[]> {
  const { rows } = await db.query<Slot>(
    `select e.slot, coalesce(w.status, e.status) as status, e.workflow_id as workflow from schedule_executions e
     left join workflows w on w.id = e.workflow_id where e.schedule_id = $1 order by e.slot`,
    [schedule],
  )
  return rows
}

/** Waits until so many of its notes are written down. */
async function settled(world: World, schedule: string, count: number): Promise<string[]> {
  for (const until = Date.now() + stuckMs; Date.now() < until; await wait(lookMs)) {
    const slots = await slotsOf(world, schedule)
    if (slots.filter(({ status }) => status === 'completed').length >= count) return []
  }
  return [`stuck: the schedule's times are ${JSON.stringify(await slotsOf(world, schedule))}`]
}

const consecutive = (slots: readonly Slot[]): string[] => {
  const times = slots.map(({ slot }) => slot.getTime())
  const begun = new Set(slots.map(({ workflow }) => workflow))
  return [
    ...times.flatMap((time, n) =>
      n === 0 || time - (times[n - 1] ?? 0) === 1_000 ? [] : [`second ${n} follows after ${time - (times[n - 1] ?? 0)} ms`],
    ),
    ...(begun.size === slots.length && !begun.has(null) ? [] : [`${slots.length} times began ${begun.size} notes`]),
  ]
}

/** Notes that no time of a schedule began. */
async function orphans({ db }: World): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select id from tasks t where kind = 'note' and not exists (select from schedule_executions e where e.task_id = t.id)`,
  )
  return rows.map(({ id }) => `note ${id} belongs to no time of a schedule`)
}

/** The pieces of ended turns are compacted while PostgreSQL breaks down; then again, by two at once. */
export async function compactionDies(world: World, random: Random): Promise<Outcome> {
  await oneWorker(world)
  const course = await beginCourse(world, fullTurn(random))
  const { session, accepted } = course
  const before = await course.settle()
  const kept = await pieceIds(world, session)
  await compactUntilCut(world)
  const since = Date.now()
  const lost = (await pieceIds(world, session)).length === kept.length ? [] : ['pieces went although nothing was committed']
  await Promise.all([compact(world), compact(world)])
  const reader = new Reader(() => world.urls(), session)
  try {
    await reader.idleAfter(accepted.at(-1)?.sequence ?? 0, stuckMs)
    const evidence = await readEvidence({ house: world, session, accepted, readers: [reader] })
    const left = await pieceIds(world, session)
    return {
      violations: [
        ...before,
        ...lost,
        ...[transcripts, folded].flatMap((check) => check(evidence)),
        ...(left.length === 0 && kept.length > 0 ? [] : [`of ${kept.length} pieces ${left.length} are left`]),
        ...(await resumesInside(world, session, kept)),
      ],
      recoveryMs: Date.now() - since,
    }
  } catch (error) {
    return { violations: [`stuck: ${error}\n${await world.lastWords(session)}`], recoveryMs: null }
  } finally {
    reader.close()
  }
}

const compacting = `select compact_deltas('0 seconds', 1000)`

async function compact({ db }: World): Promise<void> {
  await db.query(compacting)
}

/** The statement is done and not committed when the database goes. */
async function compactUntilCut({ postgres }: World): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url })
  client.on('error', () => {})
  await client.connect()
  await client.query('begin')
  await client.query(compacting)
  await postgres.stopImmediately()
  await postgres.start()
  await client.end().catch(() => {})
}

/** Ids of the pieces, as readers know them. */
async function pieceIds({ db }: World, session: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select 'event_' || replace(id::text, '-', '') as id from events where session_id = $1 and type = 'output.message.delta'`,
    [uuidOf(session)],
  )
  return rows.map(({ id }) => id)
}

/** A reader that was cut off inside an answer goes on after the piece it saw last, though that is gone. */
async function resumesInside({ api }: World, session: string, pieces: readonly string[]): Promise<string[]> {
  const last = pieces[Math.floor(pieces.length / 2)] ?? ''
  const sequence = Number.parseInt(last.slice(-8), 16)
  const expected = (await api.events(session)).filter((event) => event.sequence > sequence).map((event) => event.id)
  const rest = (await api.ask('GET', `/v1/sessions/${session}/events?since_id=${last}`)) as { data: { id: string }[] } // as above
  const got = rest.data.map(({ id }) => id)
  return got.join() === expected.join() ? [] : [`after a piece that is gone ${got.length} events came, not ${expected.length}`]
}
