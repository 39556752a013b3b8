// Every moment of the kill matrix has a point that is run.
import { expect, test } from 'vitest'
import { killMatrix } from './kill-matrix.ts'
import { points } from './points.ts'

test.each(Object.entries(killMatrix))('%s, %s, is a moment at which something is killed', (moment) => {
  expect(points.filter(({ covers }) => covers.some((covered) => covered === moment))).not.toEqual([])
})
