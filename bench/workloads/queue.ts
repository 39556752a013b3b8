// A long queue: how long a claim takes while it stands, and how long a free slot waits for its next task.
import { newId } from '../../src/contract/ids.ts'
import { connect } from '../../src/db/connect.ts'
import { claimReady } from '../../src/durable/statements.ts'
import { type Figures, inParallel, percentile } from '../figures.ts'
import { accounted, type Measured, type Repetition, repeated } from '../measure.ts'
import { enqueue, queued, queuedKinds } from '../queued.ts'
import type { Stage } from '../stage.ts'

const workers = 4
const slots = 16

/** Claims of 16 tasks, four under way, on the engine's own kind of connection. What they took goes back. */
async function claims({ database, databaseUrl }: Stage, count: number): Promise<Figures> {
  const db = connect({ url: databaseUrl, engineMax: workers })
  const nobody = newId()
  const took: number[] = []
  await inParallel(count + workers, workers, async (n) => {
    const { name, text, values } = claimReady(Array(slots).fill(nobody), queuedKinds)
    const from = performance.now()
    await db.enginePool.query({ name, text, values })
    // The first of each connection prepares the statement.
    if (n >= workers) took.push(performance.now() - from)
  })
  await database.query(`update tasks set status = 'pending', claimed_by = null, claimed_at = null where claimed_by = $1`, [
    nobody,
  ])
  await db.close()
  return { claim_p50_ms: percentile(took, 0.5), claim_p99_ms: percentile(took, 0.99) }
}

/** Four workers take tasks until so many are done. */
async function drain(stage: Stage, count: number): Promise<Figures> {
  const process = await stage.addWorker(slots, workers)
  const waited: number[] = []
  const from = performance.now()
  await new Promise<void>((resolve) =>
    process.hear((message) => {
      if (message.is !== 'waited') return
      waited.push(...message.ms)
      if (waited.length >= count) resolve()
    }),
  )
  const seconds = (performance.now() - from) / 1_000
  return { tasks_per_s: count / seconds, slot_p50_ms: percentile(waited, 0.5), slot_p99_ms: percentile(waited, 0.99) }
}

/** The stage has no worker but while it is measured. */
export function queueOf(stage: Stage, repetition: Repetition, length: number): Promise<Measured> {
  const [tries, tasks] = repetition.quick ? [40, 1_000] : [400, 5_000]
  return repeated(repetition, async () => {
    await enqueue(stage.database, length - (await queued(stage.database)))
    const claimed = await claims(stage, tries)
    const drained = await accounted(stage, tasks, () => drain(stage, tasks))
    await stage.workers.pop()?.stop()
    return { ...claimed, ...drained }
  })
}
