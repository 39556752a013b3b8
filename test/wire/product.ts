// The whole product in this process, on a database of its own and on ports of its own.
import pino from 'pino'
import { builtInCapabilities } from '../../src/capabilities/index.ts'
import { startServer } from '../../src/start/server.ts'
import { readSettings } from '../../src/start/settings.ts'
import { startWorker } from '../../src/start/worker.ts'
import { freshDatabase } from '../support/cluster.ts'

export interface Product {
  /** Where HTTP is served, without `/v1`. */
  url: string
  close(): Promise<void>
}

/** `set`: settings beside those that every test has. */
export async function startProduct(set: Record<string, string> = {}): Promise<Product> {
  const database = await freshDatabase()
  const { settings } = readSettings({
    DATABASE_URL: database.url,
    HTTP_ADDR: '127.0.0.1:0',
    SERVER_GRPC_BIND_ADDR: '127.0.0.1:0',
    DEV_MODE: 'true',
    SECRETS_ENCRYPTION_KEY: `kek-v1:${Buffer.alloc(32, 7).toString('base64')}`,
    ...set,
  })
  const log = pino({ level: process.env.TEST_LOG ?? 'silent' })
  const server = await startServer({
    settings: { ...settings, DATABASE_URL: database.url },
    capabilities: builtInCapabilities,
    log,
  })
  const worker = await startWorker({ settings, capabilities: builtInCapabilities, controlPlane: server.controlPlane, log })
  return {
    url: server.urls[0] ?? '',
    async close() {
      await worker.stop()
      await server.close()
      await database.drop()
    },
  }
}
