import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { processFile } from '../../test/support/processes.ts'
import { type Embedded, startEmbedded } from './embedded.ts'
import { isRoot } from './embedded-user.ts'

let base: string
let dir: string
let running: Embedded | undefined

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'everruns-supervised-'))
  await chmod(base, 0o755)
  dir = join(base, 'postgres')
})
afterEach(async () => {
  await running?.stop()
  running = undefined
  await rm(base, { recursive: true, force: true })
})

const start = async () => {
  running = await startEmbedded({ dir, fsync: false })
  return running
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  const { rows } = await client.query(sql)
  await client.end()
  return rows
}

/** Another process that supervises the same folder. Its first line: the URL, or why not. */
async function supervisor() {
  const script = processFile('test/support/supervisor-process.ts')
  const child = spawn(process.execPath, [script, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(createInterface(child.stdout), 'line')
  return {
    line: String(line),
    kill: async (signal: NodeJS.Signals = 'SIGKILL') => {
      if (child.exitCode === null) await Promise.all([once(child, 'exit'), child.kill(signal)])
    },
  }
}

test('a process that exits without stopping it leaves no server behind, and the next start waits for its end', async () => {
  const hasty = await supervisor()
  await query(hasty.line, 'create table kept as select 42 as answer')
  await hasty.kill('SIGTERM')
  expect(await query((await start()).url, 'select answer from kept')).toEqual([{ answer: 42 }])
  await running?.stop()
  const other = await supervisor()
  await other.kill('SIGTERM')
  await expect.poll(() => existsSync(join(dir, 'data/postmaster.pid')), { timeout: 10_000 }).toBe(false)
})

test('what was written is there at the next start', async () => {
  const first = await start()
  await query(first.url, 'create table kept as select 42 as answer')
  await first.stop()
  expect(await query((await start()).url, 'select answer from kept')).toEqual([{ answer: 42 }])
})

test('a server whose process was killed is adopted as it runs', async () => {
  const before = await supervisor()
  const [{ started }] = (await query(before.line, 'select pg_postmaster_start_time()::text as started')) as [{ started: string }]
  await before.kill()
  const adopted = await start()
  expect(adopted.url).toBe(before.line)
  expect(await query(adopted.url, 'select pg_postmaster_start_time()::text as started')).toEqual([{ started }])
})

test('a folder has one supervisor: the second is told, and the first goes on', async () => {
  const { url } = await start()
  const second = await supervisor()
  expect(second.line).toMatch(/in use by another running Everruns/)
  await second.kill()
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('a server that was killed comes back under the same URL with what was committed', async () => {
  const { url } = await start()
  await query(url, 'create table kept as select 42 as answer')
  const pid = Number((await readFile(join(dir, 'data/postmaster.pid'), 'utf8')).split('\n')[0])
  process.kill(pid, 'SIGKILL')
  const answer = async () => query(url, 'select answer from kept').catch(() => null)
  await expect.poll(answer, { timeout: 15_000 }).toEqual([{ answer: 42 }])
})

test('a cluster whose making was cut off is made again', async () => {
  await mkdir(join(dir, 'half-made-123'), { recursive: true })
  const { url } = await start()
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(existsSync(join(dir, 'half-made-123'))).toBe(false)
})

test('a temporary cluster leaves nothing behind', async () => {
  const temporary = await startEmbedded({ fsync: false })
  const [{ data }] = (await query(temporary.url, `select current_setting('data_directory') as data`)) as [{ data: string }]
  expect(existsSync(data)).toBe(true)
  await temporary.stop()
  expect(existsSync(data)).toBe(false)
})

test.runIf(isRoot())('a folder that only root can enter gets its cluster in a system folder, and says where', async () => {
  await chmod(base, 0o700)
  const { url } = await start()
  const elsewhere = (await readFile(join(base, 'postgres.path'), 'utf8')).trim()
  expect(await query(url, `select current_setting('data_directory') as data`)).toEqual([{ data: join(elsewhere, 'data') }])
  await running?.stop()
  running = undefined
  await rm(elsewhere, { recursive: true })
})
