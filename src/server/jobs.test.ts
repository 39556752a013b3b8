import pino from 'pino'
import { expect, test } from 'vitest'
import { startJobs } from './jobs.ts'

test('a duty that is under way is told that the process goes, and waited for', async () => {
  let begun = () => {}
  const underWay = new Promise<void>((resolve) => {
    begun = resolve
  })
  let ended = false
  const long = {
    name: 'long',
    everyMs: 1,
    async run(stopping?: AbortSignal) {
      begun()
      await new Promise((resolve) => stopping?.addEventListener('abort', resolve))
      ended = true
      return {}
    },
  }
  const jobs = startJobs([long], pino({ level: 'silent' }))
  await underWay
  await jobs.stop()
  expect(ended).toBe(true)
})
