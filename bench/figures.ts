// Small arithmetic on what was measured.

/** Named numbers of one run or of the medians over several. The name ends in the unit. */
export type Figures = Record<string, number>

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b)

/** `share` from 0 to 1; nearest rank. */
export const percentile = (values: readonly number[], share: number): number =>
  sorted(values)[Math.min(values.length - 1, Math.floor(share * values.length))] ?? Number.NaN

export function median(values: readonly number[]): number {
  const inOrder = sorted(values)
  const middle = inOrder.length >> 1
  const upper = inOrder[middle] ?? Number.NaN
  return inOrder.length % 2 === 1 ? upper : ((inOrder[middle - 1] ?? upper) + upper) / 2
}

/** Three digits behind the point, none from a hundred on. */
export const rounded = (value: number): number => (Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 1000) / 1000)

export const latencies = (milliseconds: readonly number[]): Figures => ({
  p50_ms: percentile(milliseconds, 0.5),
  p99_ms: percentile(milliseconds, 0.99),
})

/** The median of every figure over the runs. */
export const mediansOf = (runs: readonly Figures[]): Figures =>
  Object.fromEntries(
    Object.keys(runs[0] ?? {}).map((name) => [name, rounded(median(runs.map((run) => run[name] ?? Number.NaN)))]),
  )

const stuckMs = 30_000

/** Runs `work(0) … work(count - 1)` with at most `atOnce` under way. Rejects when for half a minute none of them ends. */
export async function inParallel(count: number, atOnce: number, work: (n: number) => Promise<void>): Promise<void> {
  let [next, ended, endedBefore] = [0, 0, -1]
  const lane = async () => {
    while (next < count) {
      await work(next++)
      ended += 1
    }
  }
  let timer: NodeJS.Timeout | undefined
  const stuck = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      if (ended === endedBefore) reject(new Error(`Stuck: ${ended} of ${count} are done, and no more came.`))
      endedBefore = ended
    }, stuckMs)
  })
  await Promise.race([stuck, Promise.all(Array.from({ length: Math.min(atOnce, count) }, lane))])
  clearInterval(timer)
}
