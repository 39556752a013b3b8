import { expect, test } from 'vitest'
import { connectionsMax } from './open-files.ts'

test('clients may take most of the open files, and never all', () => {
  expect(connectionsMax(1_024)).toBe(896)
  expect(connectionsMax(100)).toBe(50)
  expect(connectionsMax(Number.POSITIVE_INFINITY)).toBe(1_000_000)
})

test('the limit of this process is found', () => {
  expect(connectionsMax()).toBeGreaterThan(0)
})
