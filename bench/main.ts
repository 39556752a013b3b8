// `npm run bench`: the workloads of docs/performance.md on this machine. One JSON object per workload on standard output; what
// happens meanwhile on standard error.
import { mkdir } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { printBudgets } from './budget.ts'
import { compared, type Results, readResults, saveResults } from './compare.ts'
import { cores } from './cpu.ts'
import { writeFigures } from './document.ts'
import { type Options, readOptions } from './options.ts'
import { openPostgres, type Postgres } from './postgres.ts'
import { workloads } from './workloads/index.ts'

const report = (line: string): void => void process.stderr.write(`${line}\n`)

const machineOf = (postgres: Postgres, options: Options): Results['machine'] => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores,
  memory_gb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  postgresql: postgres.version,
  slow_disk: options.slowDisk,
  quick: options.quick,
})

async function measureAll(options: Options, postgres: Postgres): Promise<Results> {
  const results: Results = { machine: machineOf(postgres, options), workloads: [] }
  report(JSON.stringify(results.machine))
  for (const name of options.only) {
    const measured = await workloads[name]({ options, postgres, report })
    results.workloads.push(...measured)
    for (const { workload, unit, cleanRuns, runs, medians } of measured) {
      process.stdout.write(`${JSON.stringify({ workload, unit, runs: runs.length, clean_runs: cleanRuns, ...medians })}\n`)
    }
  }
  return results
}

async function main(argv: string[]): Promise<void> {
  const options = readOptions(argv)
  if (options.budget) return printBudgets(options.budget, (line) => process.stdout.write(`${line}\n`))
  if (options.profile) await mkdir(options.profile, { recursive: true })
  const before = options.compare ? await readResults(options.compare) : null
  const postgres = await openPostgres({ url: options.database, slowDisk: options.slowDisk })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void postgres.close().finally(() => process.exit(130)))
  }
  try {
    const results = await measureAll(options, postgres)
    if (options.save) await saveResults(options.save, results)
    if (options.writeDocs) await writeFigures(results)
    if (before) for (const line of compared(before, results)) process.stdout.write(`${line}\n`)
  } finally {
    await postgres.close()
  }
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    report(error instanceof Error ? error.message : String(error))
    process.exit(1)
  },
)
