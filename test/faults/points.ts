// The places and moments at which something dies: one entry each. A run of a point is one turn.
import { databaseAway, type OnceEnds, planeDies, planeKilled, workerDies, workerSleeps } from './harness/faults.ts'
import type { Random } from './harness/random.ts'
import type { Fault } from './harness/run.ts'
import { callCount, pieces } from './harness/script.ts'
import type { World } from './harness/world.ts'

export interface Point {
  name: string
  /** Control planes it needs. */
  planes: 1 | 2
  /** Which file of the test suite runs it; none: only npm run test:faults does. */
  suite?: 'kills' | 'outages'
  /** How often it does; twice unless said. */
  suiteRuns?: number
  /** One run takes many seconds. */
  isSlow?: boolean
  fault(world: World, random: Random): Fault
}

type Spec = (random: Random) => string

const worker = (name: string, spec: Spec, ends?: OnceEnds): Point => ({
  name: `worker: ${name}`,
  planes: 1,
  suite: 'kills',
  fault: (world, random) => workerDies(world, random, spec(random), ends),
})

const plane = (name: string, spec: Spec): Point => ({
  name: `control plane: ${name}`,
  planes: 1,
  suite: 'kills',
  fault: (world, random) => planeDies(world, spec(random)),
})

const database = (name: string, downMs: number, rest: Partial<Point>): Point => ({
  name: `PostgreSQL: stopped, ${name}`,
  planes: 1,
  ...rest,
  fault: (world, random) => databaseAway(world, random, downMs),
})

/** Near enough to another point that the test suite runs it once. */
const once = (point: Point): Point => ({ ...point, suiteRuns: 1 })

const killAt =
  (place: string, first = 1, last = first): Spec =>
  (random) =>
    `${place}=kill@${random.between(first, last)}`

/** Two answers and every call are handed off. */
const handOffs = callCount + 2

export const points: readonly Point[] = [
  once(worker('task received', killAt('worker.claimed', 1, handOffs))),
  worker('before the model call', killAt('reason.before_model', 1, 2)),
  worker('mid-stream', killAt('reason.mid_stream', 2, pieces.first + pieces.last)),
  once(worker('answer complete, not reported', killAt('reason.before_finish', 1, 2))),
  worker('half-way through a transactional tool', killAt('tool.half_written', 1, 2)),
  worker('before an at-most-once call is begun', killAt('act.before_begin.at_most_once'), { status: 'success', happened: 1 }),
  worker('at-most-once call begun, no effect yet', killAt('act.after_begin.at_most_once'), {
    status: 'interrupted',
    happened: 0,
  }),
  worker('at-most-once effect done, not reported', killAt('act.after_effect.at_most_once'), {
    status: 'interrupted',
    happened: 1,
  }),
  once(worker('keyed effect done, not reported', killAt('act.after_effect.keyed'))),
  worker('between parallel tools', killAt('worker.stored', 2, callCount)),
  {
    name: 'worker: asleep between lease and begin for three leases',
    planes: 1,
    suite: 'kills',
    suiteRuns: 1,
    isSlow: true,
    fault: (world) => workerSleeps(world, 'act.before_begin.at_most_once=stop@1', { status: 'success', happened: 1 }),
  },
  plane('before the hand-off commits', killAt('finish.before_commit', 1, handOffs)),
  plane('after the hand-off commits', killAt('finish.after_commit', 1, handOffs)),
  once(plane('before a message commits', killAt('accept.before_commit'))),
  once(plane('after a message commits, unanswered', killAt('accept.after_commit'))),
  once(plane('before a begin commits', killAt('begin.before_commit', 1, 2))),
  once(plane('after a begin commits', killAt('begin.after_commit', 1, 2))),
  once(plane('before a piece commits', killAt('emit.before_commit', 1, 6))),
  once(plane('after a piece commits', killAt('emit.after_commit', 1, 6))),
  { name: 'control plane: any moment, workers live on', planes: 1, suite: 'kills', fault: planeKilled },
  { name: 'control plane: one of two, any moment', planes: 2, suite: 'outages', fault: planeKilled },
  database('back at once', 0, { suite: 'outages' }),
  database('back after 2 s', 2_000, { suite: 'outages' }),
  database('back after 20 s', 20_000, { isSlow: true }),
]
