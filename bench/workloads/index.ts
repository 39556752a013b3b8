// The table of workloads: what each is measured on, and what it measures there.
import type { Measured, Repetition } from '../measure.ts'
import type { Options, WorkloadName } from '../options.ts'
import type { Postgres } from '../postgres.ts'
import { openStage, type Stage, type StageOptions } from '../stage.ts'
import { latency, throughput } from './chains.ts'
import { recovery } from './recovery.ts'
import { stream, turns } from './turns.ts'

export interface Bench {
  options: Options
  postgres: Postgres
  report(line: string): void
}

type Workload = (bench: Bench) => Promise<Measured[]>

const repetition = ({ options, report }: Bench, workload: string, unit: string): Repetition => ({
  workload: options.slowDisk ? `${workload} slow disk` : workload,
  unit,
  quick: options.quick,
  once: options.quick || options.profile !== undefined,
  patienceMs: options.patienceMs,
  report,
})

/** On a stage of its own, with the product's defaults unless said. */
const staged =
  (
    name: string,
    measure: (stage: Stage, bench: Bench) => Promise<Measured[]>,
    more: Pick<StageOptions, 'capacity'> = {},
  ): Workload =>
  async (bench) => {
    const { postgres, options } = bench
    const stage = await openStage({ postgres, name, profile: options.profile, ...more })
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
  w3: staged('w3', async (stage, bench) => [
    await turns(stage, repetition(bench, 'w3 50 at once', 'turn'), 50),
    await turns(stage, repetition(bench, 'w3 one at a time', 'turn'), 1),
  ]),
  w4: staged('w4', async (stage, bench) => [await stream(stage, repetition(bench, 'w4', 'event'))]),
  w5: async (bench) => [await recovery(bench.postgres, repetition(bench, 'w5', 'workflow'), false)],
  'w5-spare': async (bench) => [await recovery(bench.postgres, repetition(bench, 'w5-spare', 'workflow'), true)],
}
