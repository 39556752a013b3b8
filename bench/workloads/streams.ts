// W1 with a thousand workers connected, against W1 with one.
import type { Measured, Repetition } from '../measure.ts'
import type { Stage } from '../stage.ts'
import { throughput } from './chains.ts'

const processes = 4
const slots = 10
const atOnce = 50
const chains = 5_000

/** `stage` has one worker with as many slots as chains are under way; `crowded` has none yet. */
export async function manyStreams(
  stage: () => Promise<Stage>,
  crowded: () => Promise<Stage>,
  repetition: Repetition,
): Promise<Measured[]> {
  const named = (name: string): Repetition => ({ ...repetition, workload: `${repetition.workload} ${name}` })
  const streams = repetition.quick ? 100 : 1_000
  const alone = await stage()
  const one = await throughput(alone, named('one worker'), atOnce, chains).finally(() => alone.close())
  const crowd = await crowded()
  try {
    for (let n = 0; n < processes; n += 1) await crowd.addWorker(slots, streams / processes)
    const all = await throughput(crowd, named(`${streams} workers`), atOnce, chains)
    const times_one_worker = Number(((all.medians.steps_per_s ?? 0) / (one.medians.steps_per_s ?? 0)).toFixed(2))
    return [one, { ...all, medians: { ...all.medians, times_one_worker } }]
  } finally {
    await crowd.close()
  }
}
