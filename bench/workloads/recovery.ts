// W5: a worker is killed with a hundred workflows inside a step; how long until all of them are done, and what ran twice.
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { newId } from '../../src/contract/ids.ts'
import { holdMs } from '../chain.ts'
import type { WorkerChild } from '../children.ts'
import type { Figures } from '../figures.ts'
import { accounted, type Measured, type Repetition, repeated } from '../measure.ts'
import type { Postgres } from '../postgres.ts'
import { openStage, type Stage } from '../stage.ts'

/** The worker to be killed has twice as many slots: work goes to whoever has most free ones, so all of it goes there. */
const chains = 100
/** All of them are inside the step for this long before the kill. */
const settleMs = 500
const givenUpMs = 120_000

/** The rows that steps leave behind, in a database that the engine does not know. */
interface Effects {
  url: string
  insideStep2(): Promise<number>
  finished(): Promise<number>
  /** Whether any row was written by another process than this. */
  by(pid: number): Promise<boolean>
  /** Rows beyond one per chain. */
  repeats(step: number): Promise<number>
  close(): Promise<void>
}

async function openEffects(postgres: Postgres): Promise<Effects> {
  const url = await postgres.fresh('bench_effects')
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  await client.query('create table effects (chain int, step int, pid int)')
  const number = async (text: string, value: number) => (await client.query<{ n: number }>(text, [value])).rows[0]?.n ?? 0
  const chainsAt = (step: number) => number('select count(distinct chain)::int as n from effects where step = $1', step)
  return {
    url,
    insideStep2: () => chainsAt(2),
    finished: () => chainsAt(3),
    by: async (pid) => (await number('select count(*)::int as n from effects where pid <> $1', pid)) > 0,
    repeats: (step) => number('select (count(*) - count(distinct chain))::int as n from effects where step = $1', step),
    close: () => client.end(),
  }
}

async function startAll(stage: Stage, effects: Effects): Promise<void> {
  const heads = await stage.heads(chains)
  stage.server.send({ do: 'start', chains: heads.map((head, number) => ({ id: newId(), head, kind: 'recorded', number })) })
  while ((await effects.insideStep2()) < chains) await pause(20)
}

/** Kills the worker that has all the work; answers once everything is done. */
async function killAndWait(stage: Stage, effects: Effects, victim: WorkerChild, spare: boolean): Promise<Figures> {
  const from = performance.now()
  const since = () => performance.now() - from
  victim.kill()
  const back = spare ? Promise.resolve(0) : stage.addWorker().then(since)
  let resumed = Number.NaN
  while ((await effects.finished()) < chains || (await stage.unfinished()) > 0) {
    if (Number.isNaN(resumed) && (await effects.by(victim.pid))) resumed = since()
    if (since() > givenUpMs) throw new Error(`only ${await effects.finished()} of ${chains} were done in time`)
    await pause(10)
  }
  return { worker_back_ms: await back, first_resumed_ms: resumed, all_done_ms: since(), beyond_the_step_ms: since() - holdMs }
}

async function recoverOnce(stage: Stage, effects: Effects, spare: boolean): Promise<Figures> {
  if (spare) await stage.addWorker(chains)
  await startAll(stage, effects)
  await pause(settleMs)
  // Out of the list: what it used is nobody's once it is dead.
  const victim = stage.workers.shift()
  if (!victim) throw new Error('there is no worker to kill')
  const figures = await accounted(stage, chains, () => killAndWait(stage, effects, victim, spare))
  const [step1_again, step2_again, step3_again] = [await effects.repeats(1), await effects.repeats(2), await effects.repeats(3)]
  return { ...figures, step1_again, step2_again, step3_again }
}

/** `spare`: another worker, idle, is connected at the moment of the kill; otherwise a new one is started at once. */
export function recovery(postgres: Postgres, repetition: Repetition, spare: boolean): Promise<Measured> {
  return repeated(repetition, async () => {
    const effects = await openEffects(postgres)
    const stage = await openStage({ postgres, name: spare ? 'w5_spare' : 'w5', capacity: 2 * chains, effectsUrl: effects.url })
    try {
      return await recoverOnce(stage, effects, spare)
    } finally {
      await stage.close()
      await effects.close()
    }
  })
}
