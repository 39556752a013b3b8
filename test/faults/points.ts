// The places and moments at which something dies: one entry each. A run of a point is one turn, most often.
import { workerDiesAsking } from './harness/asked.ts'
import { fileReplaced, messageBeforeContext, resultsGiven, turnCancelled } from './harness/doors.ts'
import { compactionDies, scheduleFires } from './harness/duties.ts'
import {
  databaseAway,
  databaseAwayAfterEffect,
  type OnceEnds,
  oneOfTwoDies,
  planeDies,
  planeKilled,
  sweeperDies,
  workerDies,
  workerSleeps,
} from './harness/faults.ts'
import type { Random } from './harness/random.ts'
import { type Fault, type Outcome, runOnce } from './harness/run.ts'
import { callCount, fullTurn, pieces } from './harness/script.ts'
import { times, type World } from './harness/world.ts'
import type { KillMoment } from './kill-matrix.ts'

export interface Point {
  name: string
  /** The moments of the kill matrix that it is. */
  covers: readonly KillMoment[]
  /** Control planes it needs. */
  planes: 1 | 2
  /** Which file of the test suite runs it; none: only npm run test:faults does. */
  suite?: 'kills' | 'outages'
  /** How often it does; twice unless said. */
  suiteRuns?: number
  /** One run takes many seconds. */
  isSlow?: boolean
  run(world: World, random: Random): Promise<Outcome>
}

type Spec = (random: Random) => string
type Covers = readonly KillMoment[]

/** A full turn in which this happens. */
const inTurn =
  (fault: (world: World, random: Random) => Fault): Point['run'] =>
  (world, random) => {
    const turn = fullTurn(random)
    return runOnce(world, random, turn, fault(world, random))
  }

const worker = (name: string, covers: Covers, spec: Spec, ends?: OnceEnds): Point => ({
  name: `worker: ${name}`,
  covers,
  planes: 1,
  suite: 'kills',
  run: inTurn((world, random) => workerDies(world, random, spec(random), ends)),
})

const plane = (name: string, covers: Covers, spec: Spec): Point => ({
  name: `control plane: ${name}`,
  covers,
  planes: 1,
  suite: 'kills',
  run: inTurn((world, random) => planeDies(world, spec(random))),
})

const database = (name: string, downMs: number, rest: Partial<Point>): Point => ({
  name: `PostgreSQL: stopped, ${name}`,
  covers: [],
  planes: 1,
  ...rest,
  run: inTurn((world, random) => databaseAway(world, random, downMs)),
})

type Around = (world: World, random: Random, failpoints: string) => Promise<Outcome>

/** The control plane dies before and after the commit of one kind of transaction. */
const around = (name: string, covers: Covers, place: string, run: Around): Point[] =>
  (['before', 'after'] as const).map((when) => ({
    name: `control plane: ${when} ${name} commits`,
    covers,
    planes: 1,
    suite: 'kills',
    suiteRuns: 1,
    run: (world, random) => run(world, random, `${place}.${when}_commit=kill@1`),
  }))

/** Near enough to another point that the test suite runs it once. */
const once = (point: Point): Point => ({ ...point, suiteRuns: 1 })

const killAt =
  (place: string, first = 1, last = first): Spec =>
  (random) =>
    `${place}=kill@${random.between(first, last)}`

/** Two answers and every call are handed off. */
const handOffs = callCount + 2

/** Readers at another control plane look for themselves, should nobody tell them. */
const toldWithinMs = times.poll + 800

/** Places at which a worker leaves something that must be taken away from it. */
const leftBehind = ['reason.mid_stream=kill@5', 'tool.half_written=kill@1', 'act.after_begin.at_most_once=kill@1']

const sweeper = (name: string, planes: 1 | 2, spec: Spec): Point => ({
  name: `control plane: ${name}`,
  covers: ['K18'],
  planes,
  suite: planes === 1 ? 'kills' : 'outages',
  suiteRuns: 1,
  run: inTurn((world, random) => sweeperDies(world, spec(random), random.oneOf(leftBehind))),
})

export const points: readonly Point[] = [
  once(worker('task received', ['K02'], killAt('worker.claimed', 1, handOffs))),
  worker('before the model call', ['K03'], killAt('reason.before_model', 1, 2)),
  {
    name: 'worker: before a model on the network is asked',
    covers: ['K03'],
    planes: 1,
    suite: 'kills',
    suiteRuns: 1,
    run: (world) => workerDiesAsking(world, 'before'),
  },
  {
    name: 'worker: a model on the network was asked, no byte came back',
    covers: ['K04'],
    planes: 1,
    suite: 'kills',
    suiteRuns: 1,
    run: (world) => workerDiesAsking(world, 'asked'),
  },
  worker('mid-stream', ['K05'], killAt('reason.mid_stream', 2, pieces.first + pieces.last)),
  once(worker('answer complete, not reported', ['K06'], killAt('reason.before_finish', 1, 2))),
  worker('half-way through a transactional tool', ['K11', 'K24'], killAt('tool.half_written', 1, 2)),
  worker('before an at-most-once call is begun', ['K08'], killAt('act.before_begin.at_most_once'), {
    status: 'success',
    happened: 1,
  }),
  worker('at-most-once call begun, no effect yet', ['K09', 'K11'], killAt('act.after_begin.at_most_once'), {
    status: 'interrupted',
    happened: 0,
  }),
  once(worker('keyed call begun, no effect yet', ['K09', 'K11'], killAt('act.after_begin.keyed'))),
  worker('at-most-once effect done, not reported', ['K10'], killAt('act.after_effect.at_most_once'), {
    status: 'interrupted',
    happened: 1,
  }),
  once(worker('keyed effect done, not reported', ['K10'], killAt('act.after_effect.keyed'))),
  worker('between parallel tools', ['K14'], killAt('worker.stored', 2, callCount)),
  {
    name: 'worker: asleep between lease and begin for three leases',
    covers: ['K17'],
    planes: 1,
    suite: 'kills',
    suiteRuns: 1,
    isSlow: true,
    run: inTurn((world) => workerSleeps(world, 'act.before_begin.at_most_once=stop@1', { status: 'success', happened: 1 })),
  },
  plane('before the hand-off commits', ['K12'], killAt('finish.before_commit', 1, handOffs)),
  plane('after the hand-off commits', ['K07', 'K13'], killAt('finish.after_commit', 1, handOffs)),
  once(plane('before the last hand-off of a turn commits', ['K15'], killAt('finish.before_commit', handOffs))),
  {
    name: 'control plane: one of two, the turn’s end is committed and nobody was told',
    covers: ['K16'],
    planes: 2,
    suite: 'outages',
    suiteRuns: 1,
    run: inTurn((world) => oneOfTwoDies(world, `finish.after_commit=kill@${handOffs}`, toldWithinMs)),
  },
  {
    name: 'control plane: one of two, a hand-off is committed and its answer lost',
    covers: ['K07', 'K13'],
    planes: 2,
    suite: 'outages',
    suiteRuns: 1,
    run: inTurn((world, random) => oneOfTwoDies(world, killAt('finish.after_commit', 1, 3)(random))),
  },
  once(plane('before a message commits', ['K01'], killAt('accept.before_commit'))),
  once(plane('after a message commits, unanswered', ['K01'], killAt('accept.after_commit'))),
  once(plane('before a begin commits', ['K08'], killAt('begin.before_commit', 1, 2))),
  once(plane('after a begin commits', ['K09'], killAt('begin.after_commit', 1, 2))),
  once(plane('before a piece commits', ['K05'], killAt('emit.before_commit', 1, 6))),
  once(plane('after a piece commits', ['K05'], killAt('emit.after_commit', 1, 6))),
  sweeper('before a lost task is taken away', 1, killAt('reclaim.before_commit')),
  sweeper('after a lost task is taken away', 1, killAt('reclaim.after_commit')),
  sweeper('one of two, before a lost task is taken away', 2, killAt('reclaim.before_commit')),
  ...around('the firing of a schedule', ['K19'], 'schedule', scheduleFires),
  ...around('a client’s tool results', ['K21'], 'tool_results', resultsGiven),
  ...around('a cancel', ['K22'], 'cancel', turnCancelled),
  ...around('a file of a client', ['K24'], 'request', fileReplaced),
  {
    name: 'control plane: any moment, workers live on',
    covers: [],
    planes: 1,
    suite: 'kills',
    run: inTurn(planeKilled),
  },
  {
    name: 'control plane: one of two, any moment',
    covers: [],
    planes: 2,
    suite: 'outages',
    run: inTurn(planeKilled),
  },
  {
    name: 'nothing: a message between a hand-off and the reading of its context',
    covers: [],
    planes: 1,
    suite: 'kills',
    suiteRuns: 1,
    run: messageBeforeContext,
  },
  database('back at once', 0, { suite: 'outages' }),
  database('back after 2 s', 2_000, { suite: 'outages' }),
  database('back after 20 s', 20_000, { isSlow: true }),
  {
    name: 'PostgreSQL: stopped for two leases while a worker keeps an at-most-once result',
    covers: [],
    planes: 1,
    isSlow: true,
    suite: 'outages',
    suiteRuns: 1,
    run: inTurn(databaseAwayAfterEffect),
  },
  {
    name: 'PostgreSQL: stopped while pieces are compacted',
    covers: ['K20'],
    planes: 1,
    suite: 'outages',
    suiteRuns: 1,
    run: compactionDies,
  },
]
