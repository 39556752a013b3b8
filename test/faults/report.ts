// The table of a run, and its place in docs/reliability.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import type { Tally } from './repeat.ts'

export interface Row {
  name: string
  runs: number
  violations: number
  p50: number | null
  p99: number | null
}

export function rowOf(name: string, { runs, violations, recoveriesMs }: Tally): Row {
  const sorted = [...recoveriesMs].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null
  return { name, runs, violations: violations.length, p50: at(0.5), p99: at(0.99) }
}

const shown = (ms: number | null): string => (ms === null ? '–' : String(ms))

export const table = (rows: readonly Row[]): string =>
  [
    '| what dies, where | runs | violations | recovery p50, ms | p99, ms |',
    '|---|--:|--:|--:|--:|',
    ...rows.map(
      ({ name, runs, violations, p50, p99 }) => `| ${name} | ${runs} | ${violations} | ${shown(p50)} | ${shown(p99)} |`,
    ),
  ].join('\n')

const document = new URL('../../docs/reliability.md', import.meta.url)
const markers = ['<!-- figures: written by npm run test:faults -->', '<!-- end of figures -->'] as const

/** Replaces what stands between the markers. */
export function writeReliability(rows: readonly Row[], seed: number): void {
  const [begin, end] = markers
  const text = readFileSync(document, 'utf8')
  const total = rows.reduce((sum, { runs }) => sum + runs, 0)
  const how = `${total} runs from FAULT_SEED=${seed} on, Node.js ${process.versions.node}, ${cpus().length} CPUs.`
  const figures = `${begin}\n${how}\n\n${table(rows)}\n${end}`
  writeFileSync(document, text.slice(0, text.indexOf(begin)) + figures + text.slice(text.indexOf(end) + end.length))
}
