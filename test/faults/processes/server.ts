// A control plane as a process of its own.
import { builtInCapabilities } from '../../../src/capabilities/index.ts'
import { startServer } from '../../../src/start/server.ts'
import { readSettings } from '../../../src/start/settings.ts'
import { makeLog } from '../../../src/telemetry/log.ts'
import { ledgerTools } from '../../support/ledger-tools.ts'
import { poisonTools } from '../../support/poison.ts'
import { obey } from './obey.ts'

obey(async ({ env, ledger }) => {
  const { settings } = readSettings(env)
  const server = await startServer({
    settings: { ...settings, DATABASE_URL: env.DATABASE_URL ?? '' },
    capabilities: [...builtInCapabilities, ledgerTools(ledger), poisonTools],
    log: makeLog({ name: `server ${process.pid}`, level: settings.LOG_LEVEL ?? 'warn' }),
  })
  return { url: server.urls[0] ?? '', grpc: `127.0.0.1:${server.grpcPort}` }
})
