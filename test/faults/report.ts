// The table of a run, and its place in docs/reliability.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import type { Findings } from './scenarios/scenario.ts'

export interface Row {
  name: string
  runs: number
  violations: number
  p50: number | null
  p99: number | null
  figures: NonNullable<Findings['figures']>
}

export function rowOf(name: string, { runs, violations, recoveriesMs, figures = {} }: Findings): Row {
  const sorted = [...recoveriesMs].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null
  return { name, runs, violations: violations.length, p50: at(0.5), p99: at(0.99), figures }
}

const shown = (ms: number | null): string => (ms === null ? '–' : String(ms))
const listed = (figures: Row['figures']): string =>
  Object.entries(figures)
    .map(([what, figure]) => `${what}: ${figure}`)
    .join(' · ')

const line = ({ name, runs, violations, p50, p99, figures }: Row): string =>
  `| ${name} | ${runs} | ${violations} | ${shown(p50)} | ${shown(p99)} | ${listed(figures)} |`

const head = ['| what dies, where | runs | violations | recovery p50, ms | p99, ms | besides |', '|---|--:|--:|--:|--:|---|']

export const table = (rows: readonly Row[]): string => [...head, ...rows.map(line)].join('\n')

const document = new URL('../../docs/reliability.md', import.meta.url)
const markers = ['<!-- figures: written by npm run test:faults -->', '<!-- end of figures -->'] as const

const nameIn = (tableLine: string): string => tableLine.split(' | ')[0]?.slice(2) ?? ''

/** Puts the rows between the markers: each where one of its name stood, new ones at the end. Rows that were not run stay. */
export function writeReliability(rows: readonly Row[], seed: number): void {
  const [begin, end] = markers
  const text = readFileSync(document, 'utf8')
  const [from, until] = [text.indexOf(begin) + begin.length, text.indexOf(end)]
  const lines = new Map(
    text
      .slice(from, until)
      .split('\n')
      .filter((tableLine) => tableLine.startsWith('| ') && !head.includes(tableLine))
      .map((tableLine) => [nameIn(tableLine), tableLine]),
  )
  for (const row of rows) lines.set(row.name, line(row))
  const how = `Last run from FAULT_SEED=${seed} on, Node.js ${process.versions.node}, ${cpus().length} CPUs.`
  const figures = ['', how, '', ...head, ...lines.values(), ''].join('\n')
  writeFileSync(document, text.slice(0, from) + figures + text.slice(until))
}
