// Memory as Linux counts it: what processes share is divided among them, so that sums over a PostgreSQL's backends mean something.
import { readdirSync, readFileSync } from 'node:fs'
import { parentOf } from './cpu.ts'

/** MB; 0 where there is no such process. */
export function memoryMbOf(pid: number): number {
  try {
    const [, kb = '0'] = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? []
    return Number(kb) / 1024
  } catch {
    return 0
  }
}

/** A process and everything it started, however deep. */
export function familyOf(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(Number(name))] as const)
  const family = [pid]
  for (const member of family) for (const [child, parent] of parents) if (parent === member) family.push(child)
  return family
}
