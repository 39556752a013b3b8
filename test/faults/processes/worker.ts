// A worker as a process of its own.
import { builtInCapabilities } from '../../../src/capabilities/index.ts'
import { readSettings } from '../../../src/start/settings.ts'
import { startWorker } from '../../../src/start/worker.ts'
import { makeLog } from '../../../src/telemetry/log.ts'
import { poisonSteps, poisonTools } from '../../support/poison.ts'
import { obey } from './obey.ts'
import { ledgerOfRelease, stepsOf } from './releases.ts'

obey(async ({ env, ledger, release = 'this' }) => {
  const { settings } = readSettings(env)
  const worker = await startWorker({
    settings,
    capabilities: [...builtInCapabilities, ledgerOfRelease(ledger, release), poisonTools],
    steps: { ...stepsOf(release), ...poisonSteps(ledger) },
    log: makeLog({ name: `worker ${process.pid}`, level: settings.LOG_LEVEL ?? 'warn' }),
  })
  process.once('SIGTERM', () => void worker.stop().finally(() => process.exit(0)))
  return {}
})
