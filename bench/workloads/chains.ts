// W1 and W2: workflows of three steps that do nothing, started by one engine transaction each.
import { newId, type Uuid } from '../../src/contract/ids.ts'
import { inParallel, latencies } from '../figures.ts'
import { accounted, type Measured, type Repetition, repeated } from '../measure.ts'
import { type ChainStart, gathered } from '../messages.ts'
import type { Stage } from '../stage.ts'

const stepsInChain = 3

/** Starts chains and hears of their end. */
function chainsOn({ server, workers }: Stage): (head: Uuid) => Promise<void> {
  const waiting = new Map<Uuid, () => void>()
  for (const worker of workers) {
    worker.hear((message) => {
      if (message.is !== 'done') return
      for (const id of message.ids) waiting.get(id)?.()
      for (const id of message.ids) waiting.delete(id)
    })
  }
  const start = gathered<ChainStart>((chains) => server.send({ do: 'start', chains }))
  return (head) =>
    new Promise((resolve) => {
      const id = newId()
      waiting.set(id, resolve)
      start({ id, head, kind: 'noop', number: 0 })
    })
}

/** W1: steps per second, with so many chains under way. */
export async function throughput(stage: Stage, repetition: Repetition, atOnce: number, chains = 10_000): Promise<Measured> {
  const run = chainsOn(stage)
  const count = repetition.quick ? 1_500 : chains
  const all = async (chains: number) => {
    const heads = await stage.heads(chains)
    return () => inParallel(chains, atOnce, (n) => run(heads[n] ?? ''))
  }
  await (await all(repetition.quick ? 500 : 2_000))()
  return repeated(repetition, async () => {
    const work = await all(count)
    return accounted(stage, count * stepsInChain, async () => {
      const from = performance.now()
      await work()
      return { steps_per_s: (count * stepsInChain) / ((performance.now() - from) / 1_000) }
    })
  })
}

/** W2: from the start to knowing of the end, one chain at a time. */
export async function latency(stage: Stage, repetition: Repetition): Promise<Measured> {
  const run = chainsOn(stage)
  const count = repetition.quick ? 200 : 1_000
  for (const head of await stage.heads(200)) await run(head)
  return repeated(repetition, async () => {
    const heads = await stage.heads(count)
    return accounted(stage, count, async () => {
      const took: number[] = []
      for (const head of heads) {
        const from = performance.now()
        await run(head)
        took.push(performance.now() - from)
      }
      return latencies(took)
    })
  })
}
