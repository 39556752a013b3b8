// `everruns server`: one control plane until it is told to stop.
import type { Logger } from 'pino'
import { builtInCapabilities } from '../capabilities/index.ts'
import { Closing, untilStopped } from './closing.ts'
import { withDatabase } from './installation.ts'
import { startServer } from './server.ts'
import type { Settings } from './settings.ts'

export async function run(given: Settings, log: Logger): Promise<void> {
  const stopped = untilStopped()
  const closing = new Closing(log)
  await closing.orClose(async () => {
    const { settings, alone, stop } = await withDatabase(given, log)
    closing.add('database server', stop)
    const server = await startServer({ settings, capabilities: builtInCapabilities, alone, log })
    closing.add('server', () => server.close())
    await stopped
  })
  await closing.close()
}
