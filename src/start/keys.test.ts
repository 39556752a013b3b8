import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeSealer } from '../db/seal.ts'
import { keysIn } from './keys.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'everruns-keys-'))
})
afterEach(() => rm(home, { recursive: true }))

test('keys are made once, work, and are readable by their owner only', async () => {
  const keys = await keysIn(join(home, 'new'))
  expect(makeSealer({ current: keys.secretsEncryptionKey }).available).toBe(true)
  expect((await stat(join(home, 'new/keys.json'))).mode & 0o777).toBe(0o600)
  expect(await keysIn(join(home, 'new'))).toEqual(keys)
})

test('processes that start together get the same keys', async () => {
  const all = await Promise.all([keysIn(home), keysIn(home), keysIn(home)])
  expect(new Set(all.map(({ workerToken }) => workerToken)).size).toBe(1)
})

test('damaged keys are never replaced silently', async () => {
  await writeFile(join(home, 'keys.json'), '{"secrets_encryption_key": "half')
  await expect(keysIn(home)).rejects.toThrow(/damaged/)
  expect(await readFile(join(home, 'keys.json'), 'utf8')).toContain('half')
})

test('a home that is no folder is refused with its name', async () => {
  await writeFile(join(home, 'file'), '')
  await expect(keysIn(join(home, 'file/deeper'))).rejects.toThrow(/^EVERRUNS_HOME \(.*file\/deeper\) cannot be made/)
})
