// A worker as a process of its own.
import { builtInCapabilities } from '../../../src/capabilities/index.ts'
import { readSettings } from '../../../src/start/settings.ts'
import { startWorker } from '../../../src/start/worker.ts'
import { makeLog } from '../../../src/telemetry/log.ts'
import type { Steps } from '../../../src/worker/index.ts'
import { ledgerTools } from '../../support/ledger-tools.ts'
import { poisonSteps, poisonTools } from '../../support/poison.ts'
import { obey } from './obey.ts'

/** Steps beside those of turns, for what begins without one. */
const steps: Steps = { note: async ({ input }) => ({ kind: 'finish', value: input }) }

obey(async ({ env, ledger }) => {
  const { settings } = readSettings(env)
  const worker = await startWorker({
    settings,
    capabilities: [...builtInCapabilities, ledgerTools(ledger), poisonTools],
    steps: { ...steps, ...poisonSteps(ledger) },
    log: makeLog({ name: `worker ${process.pid}`, level: settings.LOG_LEVEL ?? 'warn' }),
  })
  process.once('SIGTERM', () => void worker.stop().finally(() => process.exit(0)))
  return {}
})
