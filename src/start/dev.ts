// Everything in one process: database, control plane, worker. What `npm start` becomes.
import type { Logger } from 'pino'
import { builtInCapabilities } from '../capabilities/index.ts'
import type { StopOptions } from '../worker/index.ts'
import { Closing, untilStopped } from './closing.ts'
import { withDatabase, withKeys } from './installation.ts'
import { startServer } from './server.ts'
import type { Settings } from './settings.ts'
import { startWorker } from './worker.ts'

export interface RunningDev {
  urls: string[]
  close(): Promise<void>
}

/** Where the CLI looks unless it is told. */
const defaultFront = 'http://127.0.0.1:9300'
/** Nobody else could finish what runs; the next start takes it up again. */
const atOnce: StopOptions = { graceMs: 0, begunMs: 1_000 }

/** Starts it all; the database is stopped last. Throws one sentence where it cannot be started; nothing stays open then. */
export function startDev(given: Settings, log: Logger): Promise<RunningDev> {
  const closing = new Closing(log)
  return closing.orClose(async () => {
    const installation = await withDatabase(given, log)
    closing.add('database server', () => installation.stop())
    const settings = {
      ...installation.settings,
      ...(await withKeys(installation.settings)),
      DATABASE_URL: installation.settings.DATABASE_URL,
    }
    const { alone } = installation
    const server = await startServer({
      settings,
      capabilities: builtInCapabilities,
      doors: ['HTTP_ADDR', 'FRONT_ADDR'],
      alone,
      log,
    })
    closing.add('server', () => server.close())
    const worker = await startWorker({ settings, capabilities: builtInCapabilities, controlPlane: server.controlPlane, log })
    closing.add('worker', () => worker.stop(atOnce))
    return { urls: server.urls, close: () => closing.close() }
  })
}

/** The first line is for scripts that wait for it, the rest is to be copied. */
const banner = (http: string, front: string, settings: Settings): string => `ready ${front}

  API ${front}/api/v1 and ${http}/v1 · documentation ${front}/swagger-ui/
  ${settings.DEV_MODE ? 'DEV_MODE: everything is gone at exit' : `Data in ${settings.EVERRUNS_HOME}`} · Ctrl-C stops it

  A first chat, in another terminal in this folder:

    ${front === defaultFront ? '' : `EVERRUNS_API_URL=${front}/api `}npx everruns chat "What time is it?"
`

export async function run(settings: Settings, log: Logger): Promise<void> {
  const stopped = untilStopped()
  const dev = await startDev(settings, log)
  const [http = '', front = ''] = dev.urls
  process.stdout.write(`${banner(http, front, settings)}\n`)
  await stopped
  process.stdout.write('  Stopping. Ctrl-C again stops at once.\n')
  await dev.close()
}
