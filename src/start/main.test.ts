import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { emptyDatabase, freshDatabase, type TestDatabase } from '../../test/support/cluster.ts'
import { processFile } from '../../test/support/processes.ts'

const anyPorts = { HTTP_ADDR: '127.0.0.1:0', FRONT_ADDR: '127.0.0.1:0', SERVER_GRPC_BIND_ADDR: '127.0.0.1:0' }

let home: string
let database: TestDatabase
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'everruns-start-'))
  database = await freshDatabase()
})
afterAll(async () => {
  await database.drop()
  await rm(home, { recursive: true })
})

/** `alone`: in a process group of its own, as a terminal gives it. */
function everruns(args: string[], env: Record<string, string>, alone = false) {
  const child = spawn(process.execPath, [processFile('src/start/main.ts'), ...args], {
    env: { PATH: process.env.PATH, EVERRUNS_HOME: home, DATABASE_URL: database.url, ...anyPorts, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: alone,
  })
  return { child, exit: once(child, 'exit'), stdout: text(child.stdout), stderr: text(child.stderr) }
}

async function refusal(args: string[], env: Record<string, string>): Promise<string> {
  const { exit, stderr } = everruns(args, env)
  expect((await exit)[0]).toBe(1)
  return (await stderr).trim()
}

test('a value that cannot be used ends the start with one sentence', async () => {
  expect(await refusal(['server'], { DURABLE_LEASE_MS: 'soon' })).toBe(
    'DURABLE_LEASE_MS is "soon", but must be a whole number of milliseconds from 200 to 3600000.',
  )
})

test.each(['HTTP_ADDR', 'SERVER_GRPC_BIND_ADDR'])('a port in use is named with what to set: %s', async (setting) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = `127.0.0.1:${(other.address() as AddressInfo).port}` // a listening TCP server has a port
  expect(await refusal(['server'], { LOG_LEVEL: 'warn', [setting]: address })).toBe(
    `${setting}: ${address} is in use by another process. Stop that one, or set ${setting}.`,
  )
  other.close()
})

test('a command that takes no arguments starts nothing when it is given one', async () => {
  expect(await refusal(['server', '--port'], {})).toBe(
    'everruns server takes no arguments, and was given --port. Settings are in the environment.',
  )
  const { exit, stdout } = everruns(['worker', '--help'], {})
  expect([(await exit)[0], await stdout]).toEqual([0, expect.stringContaining('everruns worker     a worker')])
})

test('a database that was never used cannot be checked, and the sentence says so', async () => {
  const empty = await emptyDatabase()
  expect(await refusal(['check'], { DATABASE_URL: empty.url })).toMatch(/^This database has never been used by Everruns/)
  await empty.drop()
})

test('a check makes no database where there is none', async () => {
  const absent = join(home, 'absent')
  expect(await refusal(['check'], { EVERRUNS_HOME: absent, DATABASE_URL: '' })).toMatch(
    /^There is no database in .*absent\/postgres: set EVERRUNS_HOME/,
  )
  await expect(access(absent)).rejects.toThrow('ENOENT')
})

test.for(['server', 'check'])('a database that cannot be reached is named: %s', async (command) => {
  expect(await refusal([command], { DATABASE_URL: 'postgres://127.0.0.1:1/none' })).toMatch(
    /^The database cannot be reached \(.*ECONNREFUSED.*\)\. Is DATABASE_URL right\?$/,
  )
})

test('a home that cannot be used is named', async () => {
  const file = join(home, 'file')
  await writeFile(file, '')
  expect(await refusal(['dev'], { EVERRUNS_HOME: file })).toMatch(/^EVERRUNS_HOME \(.*file\) cannot be/)
})

test('secrets sealed with a key that is gone refuse the start', async () => {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query(
    `insert into organizations (id, name) values ('00000000-0000-0000-0000-000000000001', 'x') on conflict do nothing`,
  )
  await client.query(`insert into providers (id, org_id, name, provider_type, credentials)
    values (gen_random_uuid(), '00000000-0000-0000-0000-000000000001', 'sealed', 'openai', '{"key_id":"kek-lost"}')`)
  expect(await refusal(['server'], {})).toMatch(/sealed with the key "kek-lost"\. Set SECRETS_ENCRYPTION_KEY/)
  await client.query(`delete from providers where name = 'sealed'`)
  await client.end()
})

/** What a started process prints up to and with the end of its quick start. */
function greeting({ child }: ReturnType<typeof everruns>): Promise<string> {
  return new Promise((resolve) => {
    let seen = ''
    child.stdout.on('data', (chunk) => {
      seen += chunk
      if (/npx everruns.*\n/.test(seen)) resolve(seen)
    })
  })
}
const frontOf = (said: string): string => /^ready (http:\/\/127\.0\.0\.1:\d+)$/m.exec(said)?.[1] ?? ''

test('one process says where it is ready, serves until it is told to stop, then ends cleanly', async () => {
  const dev = everruns(['dev'], {})
  const said = await greeting(dev)
  // After a warning: the tests' PostgreSQL has fsync off.
  expect(said).toMatch(/^ready /m)
  expect(await (await fetch(`${frontOf(said)}/api/v1/sessions`)).json()).toMatchObject({ data: [] })
  dev.child.kill('SIGTERM')
  expect(await dev.exit).toEqual([0, null])
  expect(await dev.stderr).toBe('')
})

test('the quick start that is printed works when it is pasted', async () => {
  const dev = everruns(['dev'], {})
  const [command = ''] = /\S*\s*npx everruns.*/.exec(await greeting(dev)) ?? []
  const here = command.replace('npx everruns', `"${process.execPath}" "${processFile('src/start/main.ts')}"`)
  const pasted = spawn('/bin/sh', ['-c', here], { env: { PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'ignore'] })
  expect(await text(pasted.stdout)).toMatch(/^It is 20\d\d-/)
  dev.child.kill('SIGTERM')
  await dev.exit
})

test('Ctrl-C does not wait for a model call under way: the next start makes it again', async () => {
  const dev = everruns(['dev'], {})
  const front = frontOf(await greeting(dev))
  const post = async (path: string, body: unknown) =>
    (
      await fetch(`${front}/api/v1${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    ).json()
  const { id } = (await post('/sessions', {})) as { id: string } // as the document says
  await post(`/sessions/${id}/messages`, {
    message: { content: [{ type: 'text', text: '/sim {"turns": ["Late."], "latency": {"ttft_ms": 30000}}' }] },
  })
  await seen(front, id, 'reason.started')
  const asked = performance.now()
  dev.child.kill('SIGINT')
  expect(await dev.exit).toEqual([0, null])
  expect(performance.now() - asked).toBeLessThan(5_000)
  const again = everruns(['dev'], {})
  await seen(frontOf(await greeting(again)), id, 'reason.recovered')
  again.child.kill('SIGINT')
  await again.exit
})

/** Waits until the session's log has an event of the type. */
async function seen(front: string, sessionId: string, type: string): Promise<void> {
  const { body } = await fetch(`${front}/api/v1/sessions/${sessionId}/sse`)
  let text = ''
  for await (const chunk of body ?? []) {
    text += Buffer.from(chunk).toString()
    if (text.includes(`event: ${type}\n`)) return
  }
  throw new Error(`the stream ended without ${type}`)
}

test('Ctrl-C while the first start makes the database is answered with one sentence', async () => {
  const fresh = await mkdtemp(join(tmpdir(), 'everruns-first-'))
  // Whoever runs PostgreSQL for root must get to the data.
  await chmod(fresh, 0o755)
  const { child, exit, stderr } = everruns(['dev'], { DATABASE_URL: '', EVERRUNS_HOME: fresh }, true)
  const makesIt = async () =>
    (await readdir(fresh, { recursive: true })).some((path) => /half-made-\w+\/global\/pg_control$/.test(path))
  while (!(await makesIt())) expect(child.exitCode).toBeNull()
  process.kill(-(child.pid ?? 0), 'SIGINT')
  await exit
  expect(await stderr).toBe('Stopped while the database was being made; the next start makes it.\n')
  await rm(fresh, { recursive: true })
})
