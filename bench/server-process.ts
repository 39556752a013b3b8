// The control plane under measurement, as a process: the product's own start, plus a line for what no operation does.
import { builtInCapabilities } from '../src/capabilities/index.ts'
import { draft } from '../src/contract/events/index.ts'
import type { Uuid } from '../src/contract/ids.ts'
import type { Item } from '../src/durable/index.ts'
import { startServer } from '../src/start/server.ts'
import { readSettings } from '../src/start/settings.ts'
import { makeLog } from '../src/telemetry/log.ts'
import { chainRegistration, startChain } from './chain.ts'
import { lookup } from './lookup.ts'
import { type FromServer, sharedClock, type ToServer } from './messages.ts'
import { saveProfile, startProfile } from './profiler.ts'

const tell = (message: FromServer): void => void process.send?.(message)

/** Carries the time just before it was written. */
const eventItem = (sessionId: Uuid): Item<void> => {
  const written = draft('tool.progress', { tool_call_id: 'bench', tool_name: 'bench', message: String(sharedClock()) })
  return {
    name: 'write_event',
    sessionId,
    bytes: 200,
    fold: (view) => {
      view.append([written], null, null)
    },
  }
}

const fillItem = (sessionId: Uuid, events: number): Item<void> => ({
  name: 'fill_log',
  sessionId,
  bytes: events * 200,
  fold: (view) => {
    const filler = () => draft('tool.progress', { tool_call_id: 'bench', tool_name: 'bench', message: 'Nothing to speak of.' })
    view.append(Array.from({ length: events }, filler), null, null)
  },
})

const { settings } = readSettings(process.env)
const log = makeLog({ name: 'server', level: settings.LOG_LEVEL ?? 'warn' })
const server = await startServer({
  settings: { ...settings, DATABASE_URL: settings.DATABASE_URL ?? '' },
  capabilities: [...builtInCapabilities, lookup],
  workflowTypes: [chainRegistration],
  log,
})

const submit = (item: Item<void>): Promise<void> =>
  server.engine.submit(item).catch((error: unknown) => tell({ is: 'failed', why: String(error) }))

async function stop(): Promise<void> {
  await server.close()
  process.exit(0)
}

process.on('message', (message: ToServer) => {
  if (message.do === 'start') for (const chain of message.chains) void submit(startChain(chain))
  else if (message.do === 'write') void submit(eventItem(message.sessionId))
  else if (message.do === 'fill') void submit(fillItem(message.sessionId, message.events))
  else if (message.do === 'profile') startProfile()
  else if (message.do === 'save profile') saveProfile(message.file)
  else void stop()
})
process.on('disconnect', stop)
tell({ is: 'ready', url: server.urls[0] ?? '', grpcPort: server.grpcPort })
