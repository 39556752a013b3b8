// Workers under measurement, as one process: the product's own start, plus the steps of the chain.
import { builtInCapabilities } from '../src/capabilities/index.ts'
import type { Uuid } from '../src/contract/ids.ts'
import { readSettings } from '../src/start/settings.ts'
import { startWorker } from '../src/start/worker.ts'
import { makeLog } from '../src/telemetry/log.ts'
import { chainSteps } from './chain.ts'
import { lookup } from './lookup.ts'
import { type FromWorker, gathered, type ToWorker } from './messages.ts'
import { saveProfile, startProfile } from './profiler.ts'
import { queueSteps } from './queued.ts'

const tell = (message: FromWorker): void => void process.send?.(message)

const { settings } = readSettings(process.env)
const log = makeLog({ name: 'worker', level: settings.LOG_LEVEL ?? 'warn' })
const done = gathered<Uuid>((ids) => tell({ is: 'done', ids }))
const waited = gathered<number>((ms) => tell({ is: 'waited', ms }))
const steps = { ...chainSteps(done, process.env.BENCH_EFFECTS_URL), ...queueSteps(waited) }

/**
 * gRPC shares one connection among all clients of a process that ask for the same options; workers on machines of their own do not
 * share. So each asks for a slightly longer keepalive than the one before, which follows from the lease.
 */
const own = (n: number): Partial<typeof settings> =>
  n === 0 ? {} : { WORKER_ID: `bench-${process.pid}-${n}`, DURABLE_LEASE_MS: Math.max(20_000, settings.DURABLE_LEASE_MS) + n }

const workers = await Promise.all(
  Array.from({ length: Number(process.env.BENCH_WORKERS ?? 1) }, (_, n) =>
    startWorker({ settings: { ...settings, ...own(n) }, capabilities: [...builtInCapabilities, lookup], steps, log }),
  ),
)

async function stop(): Promise<void> {
  await Promise.all(workers.map((worker) => worker.stop()))
  process.exit(0)
}

process.on('message', (message: ToWorker) => {
  if (message.do === 'profile') startProfile()
  else if (message.do === 'save profile') saveProfile(message.file)
  else void stop()
})
process.on('disconnect', stop)
tell({ is: 'ready' })
