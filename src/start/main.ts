// The `everruns` command. Reads the environment, loads only the rooms of the command that was asked for, and says in one sentence
// what stands in the way.
import type { Logger } from 'pino'
import { readSettings, type Settings } from './settings.ts'
import { packageVersion } from './version.ts'

interface Service {
  run(settings: Settings, log: Logger): Promise<void>
}

const services: Record<string, () => Promise<Service>> = {
  dev: () => import('./dev.ts'),
  server: () => import('./run-server.ts'),
  worker: () => import('./run-worker.ts'),
  migrate: () => import('./migrate.ts'),
  check: () => import('./check.ts'),
  openapi: () => import('./openapi.ts'),
}

const help = new Set(['--help', '-h', 'help'])

const usage = `everruns ${packageVersion()}

  everruns dev        everything in one process, with its own database (what \`npm start\` does)
  everruns server     a control plane
  everruns worker     a worker
  everruns migrate    bring the database up to date
  everruns check      look whether the database keeps its promises; changes nothing
  everruns openapi    print the API's document

Commands that talk to a running server:`

async function serve(name: string, load: () => Promise<Service>): Promise<number> {
  const { settings, warnings } = readSettings(process.env)
  const { makeLog } = await import('../telemetry/log.ts')
  const log = makeLog({ name, level: settings.LOG_LEVEL ?? (name === 'dev' ? 'warn' : 'info') })
  for (const warning of warnings) log.warn(warning)
  if (settings.FAILPOINTS) (await import('../contract/failpoint.ts')).armFailpoints(settings.FAILPOINTS)
  const { run } = await load()
  await run(settings, log)
  return 0
}

async function command(argv: string[]): Promise<number> {
  const [name = '--help', ...rest] = argv
  const load = services[name]
  const unknown = rest.find((word) => !help.has(word))
  if (load && unknown)
    throw new Error(`everruns ${name} takes no arguments, and was given ${unknown}. Settings are in the environment.`)
  if (load && rest.length > 0) return command(['--help'])
  if (load) return serve(name, load)
  if (name === '--version' || name === '-V') {
    process.stdout.write(`${packageVersion()}\n`)
    return 0
  }
  if (help.has(name)) process.stdout.write(`${usage}\n`)
  const { run } = await import('../cli/index.ts')
  return run(argv.length > 0 ? argv : ['--help'], process)
}

/** Everything written so far is out: a pipe may still hold it when the process ends. */
const flushed = (stream: NodeJS.WriteStream): Promise<void> => new Promise((resolve) => stream.write('', () => resolve()))

command(process.argv.slice(2))
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    if (process.env.LOG_LEVEL === 'debug' && error instanceof Error) process.stderr.write(`${error.stack}\n`)
    return 1
  })
  .then(async (code) => {
    await Promise.all([flushed(process.stdout), flushed(process.stderr)])
    process.exit(code)
  })
