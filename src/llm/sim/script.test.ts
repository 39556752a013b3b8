// The manual's examples are scripts, and the errors it names exist.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { errorNames } from './errors.ts'
import { readScript } from './script.ts'

const manual = readFileSync(new URL('../../../docs/simulator.md', import.meta.url), 'utf8')
const examples = [
  ...[...manual.matchAll(/^```json\n([\s\S]*?)```/gm)].map(([, example]) => example ?? ''),
  ...[...manual.matchAll(/^\/sim (.+)$/gm)].map(([, example]) => example ?? ''),
  ...[...manual.matchAll(/^```llmsim\n([\s\S]*?)```/gm)].map(([, example]) => example ?? ''),
]

test('the manual has examples', () => {
  expect(examples).toHaveLength(7)
})

test.each(examples)('an example of the manual is a script: %s', (example) => {
  expect(readScript(JSON.parse(example))).toHaveProperty('script')
})

test('the manual names every error', () => {
  expect(errorNames.filter((name) => !manual.includes(`\`${name}\``))).toEqual([])
})

test.each([[7], [null], [{ turns: [] }], [{ response: { type: 'poem' } }], [{ txt: 'a' }], [{ text: 'a', response: 'b' }]])(
  '%j is none, and the answer says why',
  (value) => {
    expect(readScript(value)).toEqual({ problem: expect.stringMatching(/\S/) })
  },
)
