// A worker under measurement, as a process: the product's own start, plus the steps of the chain.
import { builtInCapabilities } from '../src/capabilities/index.ts'
import type { Uuid } from '../src/contract/ids.ts'
import { readSettings } from '../src/start/settings.ts'
import { startWorker } from '../src/start/worker.ts'
import { makeLog } from '../src/telemetry/log.ts'
import { chainSteps } from './chain.ts'
import { lookup } from './lookup.ts'
import { type FromWorker, gathered, type ToWorker } from './messages.ts'
import { saveProfile, startProfile } from './profiler.ts'

const tell = (message: FromWorker): void => void process.send?.(message)

const { settings } = readSettings(process.env)
const log = makeLog({ name: 'worker', level: settings.LOG_LEVEL ?? 'warn' })
const done = gathered<Uuid>((ids) => tell({ is: 'done', ids }))
const worker = await startWorker({
  settings,
  capabilities: [...builtInCapabilities, lookup],
  steps: chainSteps(done, process.env.BENCH_EFFECTS_URL),
  log,
})

async function stop(): Promise<void> {
  await worker.stop()
  process.exit(0)
}

process.on('message', (message: ToWorker) => {
  if (message.do === 'profile') startProfile()
  else if (message.do === 'save profile') saveProfile(message.file)
  else void stop()
})
process.on('disconnect', stop)
tell({ is: 'ready' })
