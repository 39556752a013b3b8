import { expect, test } from 'vitest'
import { inPages } from './pages.ts'

const everyMs = 30_000

/** Pages that take `pageMs` each by a clock of their own; `full` of them are full. */
function work(full: number, pageMs = 0) {
  let [done, at] = [0, 0]
  return {
    clock: () => at,
    done: () => done,
    async page() {
      done += 1
      at += pageMs
      return done <= full
    },
  }
}

test('pages follow each other until one is not full, however many they are', async () => {
  const { page, clock, done } = work(10_000)
  await inPages(page, { everyMs, clock })
  expect(done()).toBe(10_001)
})

test('a part of the interval is left to others', async () => {
  const { page, clock, done } = work(Number.POSITIVE_INFINITY, 1_000)
  await inPages(page, { everyMs, clock })
  expect(done()).toBe(20)
})

test('a process that goes begins no other page', async () => {
  const { page, done } = work(Number.POSITIVE_INFINITY)
  const going = new AbortController()
  const last = async () => {
    if (done() === 2) going.abort()
    return page()
  }
  await inPages(last, { everyMs, stopping: going.signal })
  expect(done()).toBe(3)
})
