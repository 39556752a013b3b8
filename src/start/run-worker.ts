// `everruns worker`: one worker until it is told to stop.
import type { Logger } from 'pino'
import { builtInCapabilities } from '../capabilities/index.ts'
import { untilStopped } from './closing.ts'
import type { Settings } from './settings.ts'
import { startWorker } from './worker.ts'

export async function run(settings: Settings, log: Logger): Promise<void> {
  const stopped = untilStopped()
  const worker = await startWorker({ settings, capabilities: builtInCapabilities, log })
  log.info({ control_plane: settings.SERVER_GRPC_ADDRESS }, 'working')
  await stopped
  await worker.stop()
}
