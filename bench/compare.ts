// Puts the figures of two runs side by side.
import { readFile, writeFile } from 'node:fs/promises'
import type { Measured } from './measure.ts'

export interface Results {
  machine: Record<string, string | number | boolean>
  workloads: Measured[]
}

export const saveResults = (file: string, results: Results): Promise<void> =>
  writeFile(file, `${JSON.stringify(results, null, 1)}\n`)

// Written by saveResults.
export const readResults = async (file: string): Promise<Results> => JSON.parse(await readFile(file, 'utf8')) as Results

/** Not what is compared, but how it was measured. */
const circumstances = new Set(['cpu_share', 'foreign_cpu_share', 'wall_ms'])

/** Lines `workload figure: before → now (ratio)`, for every figure that both have. */
export function compared(before: Results, now: Results): string[] {
  return now.workloads.flatMap(({ workload, medians }) => {
    const earlier = before.workloads.find((one) => one.workload === workload)?.medians ?? {}
    return Object.entries(medians).flatMap(([name, value]) => {
      const past = earlier[name]
      if (past === undefined || circumstances.has(name)) return []
      const ratio = past === 0 ? '' : ` (× ${(value / past).toFixed(2)})`
      return [`${workload} ${name}: ${past} → ${value}${ratio}`]
    })
  })
}
