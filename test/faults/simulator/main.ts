// npm run simulate -- [--seeds n] [--from seed] [--seed one]: more runs than the tests make, or one run told in full.
import { parseArgs } from 'node:util'
import { run } from './run.ts'

const { values } = parseArgs({ options: { seeds: { type: 'string' }, from: { type: 'string' }, seed: { type: 'string' } } })

/** Tells how a seed goes. */
async function tell(seed: number): Promise<boolean> {
  const trace: string[] = []
  const { breaches, tookMs } = await run(seed, trace)
  process.stdout.write(
    `${trace.join('\n')}\nseed ${seed}: ${tookMs} ms, ${breaches.length === 0 ? 'all promises kept' : breaches.join('\n')}\n`,
  )
  return breaches.length === 0
}

async function search(from: number, count: number): Promise<boolean> {
  let failed = 0
  for (let seed = from; seed < from + count; seed += 1) {
    const { breaches } = await run(seed)
    if (breaches.length > 0) process.stdout.write(`seed ${seed}: ${breaches.join('\n  ')}\n`)
    failed += breaches.length > 0 ? 1 : 0
  }
  process.stdout.write(`${count} seeds from ${from}: ${failed} broke a promise\n`)
  return failed === 0
}

const { seed, seeds = '20000', from = String(Date.now() % 1e9) } = values
const isWell = seed === undefined ? await search(Number(from), Number(seeds)) : await tell(Number(seed))
process.exit(isWell ? 0 : 1)
