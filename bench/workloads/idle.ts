// What the product takes when it has nothing to do: a control plane alone, one with a hundred workers, and all in one.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startWorkerChild } from '../children.ts'
import { parentOf } from '../cpu.ts'
import type { Figures } from '../figures.ts'
import { type Accounted, accounted, type Measured, type Repetition, repeated } from '../measure.ts'
import { familyOf, memoryMbOf } from '../memory.ts'
import type { Postgres } from '../postgres.ts'
import { startProduct } from '../product.ts'

const workers = 100

/** Costs per second; once, because this does not depend on luck. */
function atRest(repetition: Repetition, name: string, subject: Accounted, memoryOf: () => number[]): Promise<Measured> {
  const [settleMs, seconds] = repetition.quick ? [1_000, 3] : [10_000, 30]
  return repeated({ ...repetition, workload: `${repetition.workload} ${name}`, once: true }, async () => {
    await pause(settleMs)
    const figures = await accounted(subject, seconds, () => pause(seconds * 1_000, {}))
    const memory_mb = memoryOf().reduce((sum, pid) => sum + memoryMbOf(pid), 0)
    return { cpu_percent_of_a_core: percentOf(figures), memory_mb, ...figures }
  })
}

/** Of the product's own processes, without PostgreSQL. */
const percentOf = (figures: Figures): number => (figures.server_cpu_ms_per_unit ?? 0) / 10

async function controlPlane(postgres: Postgres, repetition: Repetition): Promise<Measured[]> {
  const server = await startProduct('server', { DATABASE_URL: await postgres.fresh('bench_idle') })
  try {
    const subject: Accounted = { postgres, server, workers: [], clients: [], profile: () => () => {} }
    const alone = await atRest(repetition, 'control plane', subject, () => [server.pid])
    const process = await startWorkerChild({ grpcPort: server.grpcPort, workers })
    const crowded = { ...subject, workers: [process] }
    const connected = await atRest(repetition, `${workers} workers`, crowded, () => [server.pid]).finally(() => process.stop())
    return [alone, connected]
  } finally {
    await server.stop()
  }
}

/** Its own PostgreSQL is counted apart, and in the memory. */
async function allInOne(repetition: Repetition): Promise<Measured> {
  const home = await mkdtemp(join(tmpdir(), 'everruns-bench-'))
  // The user who runs PostgreSQL must get there.
  await chmod(home, 0o711)
  const server = await startProduct('dev', { EVERRUNS_HOME: home, DATABASE_URL: '' })
  try {
    const family = familyOf(server.pid)
    const [postmaster = 0] = family.filter((pid) => family.filter((other) => parentOf(other) === pid).length > 3)
    const unknown = { writeTransactions: Number.NaN, walBytes: Number.NaN }
    const subject: Accounted = {
      postgres: { postmaster, counters: async () => unknown },
      server,
      workers: [],
      clients: [],
      profile: () => () => {},
    }
    return await atRest(repetition, 'all in one', subject, () => familyOf(server.pid))
  } finally {
    await server.stop()
    await rm(home, { recursive: true, force: true })
  }
}

export async function idle(postgres: Postgres, repetition: Repetition): Promise<Measured[]> {
  return [...(await controlPlane(postgres, repetition)), await allInOne(repetition)]
}
