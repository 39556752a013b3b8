// The table of workloads: what each is measured on, and what it measures there.
import type { Measured, Repetition } from '../measure.ts'
import type { Options, WorkloadName } from '../options.ts'
import type { Postgres } from '../postgres.ts'
import { openStage, type Stage, type StageOptions } from '../stage.ts'
import { latency, throughput } from './chains.ts'
import { idle } from './idle.ts'
import { longSessions } from './long-session.ts'
import { queueOf } from './queue.ts'
import { fanOut, forReaders, idleReaders } from './readers.ts'
import { recovery } from './recovery.ts'
import { acrossReplicas } from './replicas.ts'
import { manyStreams } from './streams.ts'
import { openings, stream, turns } from './turns.ts'

export interface Bench {
  options: Options
  postgres: Postgres
  report(line: string): void
}

type Workload = (bench: Bench) => Promise<Measured[]>

type Place = Pick<StageOptions, 'capacity' | 'noWorker' | 'settings'>

const repetition = ({ options, report }: Bench, workload: string, unit: string): Repetition => ({
  workload: options.slowDisk ? `${workload} slow disk` : workload,
  unit,
  quick: options.quick,
  once: options.quick || options.profile !== undefined,
  patienceMs: options.patienceMs,
  report,
})

const stageFor = ({ postgres, options }: Bench, name: string, place: Place = {}): Promise<Stage> =>
  openStage({ postgres, name, profile: options.profile, ...place })

/** On a stage of its own, with the product's defaults unless said. */
const staged =
  (name: string, measure: (stage: Stage, bench: Bench) => Promise<Measured[]>, place: Place = {}): Workload =>
  async (bench) => {
    const stage = await stageFor(bench, name, place)
    try {
      return await measure(stage, bench)
    } finally {
      await stage.close()
    }
  }

export const workloads: Record<WorkloadName, Workload> = {
  w1: staged('w1', async (stage, bench) => [await throughput(stage, repetition(bench, 'w1', 'step'), 50)]),
  'w1-500': staged('w1_500', async (stage, bench) => [await throughput(stage, repetition(bench, 'w1-500', 'step'), 500)], {
    capacity: 500,
  }),
  w2: staged('w2', async (stage, bench) => [await latency(stage, repetition(bench, 'w2', 'workflow'))]),
  w3: staged(
    'w3',
    async (stage, bench) => [
      await turns(stage, repetition(bench, 'w3 50 at once', 'turn'), 50),
      await turns(stage, repetition(bench, 'w3 one at a time', 'turn'), 1),
      await openings(stage, repetition(bench, 'w3 opening a stream', 'stream')),
    ],
    { settings: forReaders },
  ),
  w4: staged('w4', async (stage, bench) => [await stream(stage, repetition(bench, 'w4', 'event'))]),
  w5: async (bench) => [await recovery(bench.postgres, repetition(bench, 'w5', 'workflow'), false)],
  'w5-spare': async (bench) => [await recovery(bench.postgres, repetition(bench, 'w5-spare', 'workflow'), true)],
  'long-session': staged('long_session', (stage, bench) => longSessions(stage, repetition(bench, 'long-session', 'turn'))),
  readers: staged('readers', async (stage, bench) => [await idleReaders(stage, repetition(bench, 'readers', 'second'))], {
    settings: forReaders,
  }),
  'fan-out': staged('fan_out', async (stage, bench) => [await fanOut(stage, repetition(bench, 'fan-out', 'event'))], {
    settings: forReaders,
  }),
  streams: (bench) =>
    manyStreams(
      () => stageFor(bench, 'streams_one'),
      () => stageFor(bench, 'streams', { noWorker: true }),
      repetition(bench, 'streams', 'step'),
    ),
  queue: staged(
    'queue',
    async (stage, bench) => [
      await queueOf(stage, repetition(bench, 'queue 10k', 'task'), 10_000),
      await queueOf(stage, repetition(bench, 'queue 100k', 'task'), 100_000),
    ],
    { noWorker: true },
  ),
  idle: (bench) => idle(bench.postgres, repetition(bench, 'idle', 'second')),
  replicas: staged('replicas', async (stage, bench) => [await acrossReplicas(stage, repetition(bench, 'replicas', 'event'))], {
    noWorker: true,
  }),
}
