// Writes the figures of a run into docs/performance.md, between its markers.
import { readFile, writeFile } from 'node:fs/promises'
import type { Results } from './compare.ts'
import type { Figures } from './figures.ts'
import type { Measured } from './measure.ts'

const document = 'docs/performance.md'
const begin = '<!-- figures: written by npm run bench -- --write-docs -->'
const end = '<!-- end of figures -->'
const head = [
  '| | result | CPU ms per unit: server + worker + client + PostgreSQL | write transactions per unit | WAL KB per unit | clean runs | foreign CPU |',
  '|---|---|---|--:|--:|--:|--:|',
]

/** Said in other columns, or not worth a column. */
const accounting = /_per_unit$|^(cpu_share|foreign_cpu_share|wall_ms)$/

const shown = (value: number | undefined): string =>
  value === undefined || !Number.isFinite(value) ? '–' : value.toLocaleString('en', { maximumSignificantDigits: 3 })

const resultOf = (medians: Figures): string =>
  Object.entries(medians)
    .filter(([name]) => !accounting.test(name))
    .map(([name, value]) => `${name.replaceAll('_', ' ')} ${shown(value)}`)
    .join(', ')

function rowOf({ workload, unit, medians, runs, cleanRuns }: Measured): string {
  const cpu = ['server', 'worker', 'client', 'postgres'].map((who) => shown(medians[`${who}_cpu_ms_per_unit`])).join(' + ')
  const foreign = `${Math.round((medians.foreign_cpu_share ?? 0) * 100)} %`
  const { write_transactions_per_unit: writes, wal_kb_per_unit: wal } = medians
  const cells = [
    workload,
    resultOf(medians),
    `${cpu} (${unit})`,
    shown(writes),
    shown(wal),
    `${cleanRuns} of ${runs.length}`,
    foreign,
  ]
  return `| ${cells.join(' | ')} |`
}

const nameOf = (row: string): string => row.split(' | ')[0] ?? ''

/** Lines of workloads that were not run now stay as they are. */
function merged(old: readonly string[], now: readonly string[]): string[] {
  const fresh = new Map(now.map((row) => [nameOf(row), row]))
  const known = new Set(old.map(nameOf))
  return [...old.map((row) => fresh.get(nameOf(row)) ?? row), ...now.filter((row) => !known.has(nameOf(row)))]
}

export async function writeFigures({ machine, workloads }: Results): Promise<void> {
  const text = await readFile(document, 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < 0) throw new Error('docs/performance.md has lost its markers')
  const lines = text.slice(from, to).split('\n')
  const old = lines.filter((line) => line.startsWith('| ') && line !== head[0])
  const how = `${machine.cpu}, ${machine.cores} cores, ${machine.memory_gb} GB, Node ${machine.node}, PostgreSQL ${machine.postgresql}.`
  const figures = [begin, how, '', ...head, ...merged(old, workloads.map(rowOf))].join('\n')
  await writeFile(document, `${text.slice(0, from)}${figures}\n${text.slice(to)}`)
}
