import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../test/support/cluster.ts'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
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

function everruns(args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], {
    env: { PATH: process.env.PATH, EVERRUNS_HOME: home, DATABASE_URL: database.url, ...anyPorts, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
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

test('a database that cannot be reached is named', async () => {
  expect(await refusal(['server'], { DATABASE_URL: 'postgres://127.0.0.1:1/none' })).toMatch(
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

test('one process serves until it is told to stop, then ends cleanly', async () => {
  const { child, exit, stderr } = everruns(['dev'], {})
  const url = await new Promise<string>((resolve) => {
    let seen = ''
    child.stdout.on('data', (chunk) => {
      seen += chunk
      const found = /running at (http\S+)/.exec(seen)
      if (found?.[1]) resolve(found[1])
    })
  })
  expect(await (await fetch(`${url}/api/v1/sessions`)).json()).toMatchObject({ data: [] })
  child.kill('SIGTERM')
  expect(await exit).toEqual([0, null])
  expect(await stderr).toBe('')
})
