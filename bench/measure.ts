// Runs something once and says what it cost; runs it again until three runs were undisturbed.

import { cores, cpuOf, cpuOfFamily, cpuOfMachine, quietMachine } from './cpu.ts'
import { type Figures, mediansOf, rounded } from './figures.ts'
import type { Counters, Postgres } from './postgres.ts'
import type { Stage } from './stage.ts'

interface Bill extends Counters {
  at: number
  machine: number
  server: number
  worker: number
  client: number
  postgres: number
}

/** Whose costs are counted. */
export interface Accounted extends Pick<Stage, 'clients' | 'profile'> {
  postgres: Pick<Postgres, 'counters' | 'postmaster'>
  server: { pid: number }
  workers: readonly { pid: number }[]
}

/** CPU in milliseconds since each process started. */
async function billOf({ server, workers, clients, postgres }: Accounted): Promise<Bill> {
  return {
    ...(await postgres.counters()),
    at: performance.now(),
    machine: cpuOfMachine(),
    server: cpuOf(server.pid),
    worker: workers.reduce((sum, { pid }) => sum + cpuOf(pid), 0),
    client: clients.reduce((sum, pid) => sum + cpuOf(pid), cpuOf(process.pid)),
    postgres: cpuOfFamily(postgres.postmaster),
  }
}

/** A run counts when other programs took less than this share of the machine's CPU. */
const cleanBelow = 0.1

/** What `body` says, and what it cost: `units` are what costs are divided by (steps, workflows, turns, events). */
export async function accounted(stage: Accounted, units: number, body: () => Promise<Figures>): Promise<Figures> {
  const saveProfiles = stage.profile()
  const before = await billOf(stage)
  const figures = await body()
  const after = await billOf(stage)
  saveProfiles()
  const spent = (name: keyof Bill): number => after[name] - before[name]
  const ours = spent('server') + spent('worker') + spent('client') + spent('postgres')
  const wallMs = spent('at')
  return {
    ...figures,
    server_cpu_ms_per_unit: spent('server') / units,
    worker_cpu_ms_per_unit: spent('worker') / units,
    client_cpu_ms_per_unit: spent('client') / units,
    postgres_cpu_ms_per_unit: spent('postgres') / units,
    write_transactions_per_unit: spent('writeTransactions') / units,
    wal_kb_per_unit: spent('walBytes') / 1024 / units,
    cpu_share: spent('machine') / wallMs / cores,
    foreign_cpu_share: Math.max(0, spent('machine') - ours) / wallMs / cores,
    wall_ms: wallMs,
  }
}

export interface Measured {
  workload: string
  unit: string
  /** Over the undisturbed runs, or over all where there were too few. */
  medians: Figures
  runs: Figures[]
  cleanRuns: number
}

export interface Repetition {
  workload: string
  unit: string
  /** Few units, for a smoke test. */
  quick: boolean
  /** No waiting for a quiet machine and no second run. */
  once: boolean
  patienceMs: number
  report(line: string): void
}

const wanted = { clean: 3, most: 5 }

/** Waits for a quiet machine before each run. Where no run was clean the medians say so themselves: `foreign_cpu_share`. */
export async function repeated(
  { workload, unit, once, patienceMs, report }: Repetition,
  run: () => Promise<Figures>,
): Promise<Measured> {
  const runs: Figures[] = []
  const clean = () => runs.filter((figures) => (figures.foreign_cpu_share ?? 0) < cleanBelow)
  const [enough, most] = once ? [1, 1] : [wanted.clean, wanted.most]
  while (clean().length < enough && runs.length < most) {
    if (!once) await quietMachine(patienceMs)
    const figures = Object.fromEntries(Object.entries(await run()).map(([name, value]) => [name, rounded(value)]))
    runs.push(figures)
    report(`${workload} run ${runs.length}: ${JSON.stringify(figures)}`)
  }
  const used = clean().length >= enough ? clean() : runs
  return { workload, unit, medians: mediansOf(used), runs, cleanRuns: clean().length }
}
