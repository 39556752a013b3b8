import { expect, test } from 'vitest'
import { afterCall, type Circuit, closed, usualCircuit } from './circuit.ts'

/** What becomes of a circuit: each call is `[when, how it went]`. */
const after = (calls: [number, boolean][], from: Circuit = closed): Circuit =>
  calls.reduce((circuit, [now, ok]) => afterCall(circuit, ok, now, usualCircuit), from)
const failures = (n: number, from = 0): [number, boolean][] => Array.from({ length: n }, (_, i) => [from + i, false])

test('five failures within a minute open it for half a minute', () => {
  expect(after(failures(4)).state).toBe('closed')
  expect(after(failures(5))).toEqual({ state: 'open', until: 30_004, successes: 0 })
})

test('failures of more than a minute ago are forgotten', () => {
  expect(after([...failures(4), [60_010, false]])).toEqual({ state: 'closed', failures: [60_010] })
})

test('a success makes up for a failure, so a service that is only busy is not cut off', () => {
  const mostlyWell = Array.from({ length: 100 }, (_, n): [number, boolean] => [n, n % 2 === 0])
  expect(after(mostlyWell).state).toBe('closed')
  expect(after([...failures(4), [10, true], ...failures(1, 20)]).state).toBe('closed')
  expect(after([...failures(4), [10, true], ...failures(2, 20)]).state).toBe('open')
})

test('what was under way when it opened changes nothing', () => {
  const open = after(failures(5))
  expect(
    after(
      [
        [100, true],
        [200, false],
      ],
      open,
    ),
  ).toBe(open)
})

test('once its time has come two successes close it, and a failure opens it again', () => {
  const open = after(failures(5))
  expect(after([[31_000, true]], open)).toMatchObject({ state: 'open', successes: 1 })
  expect(
    after(
      [
        [31_000, true],
        [31_001, true],
      ],
      open,
    ),
  ).toBe(closed)
  expect(
    after(
      [
        [31_000, true],
        [31_001, false],
      ],
      open,
    ),
  ).toEqual({ state: 'open', until: 61_001, successes: 0 })
})

test('a success where nothing was wrong is nothing', () => {
  expect(after([[1, true]])).toBe(closed)
})
