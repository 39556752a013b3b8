import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
// @ts-expect-error the list is plain JavaScript: it is read by a script that runs without a compiler
import { mutations } from './list.mjs'

const root = new URL('../../../', import.meta.url)

test.each<{ name: string; file: string; change(text: string): string }>(mutations)(
  'there is still code to break for “$name”',
  ({ file, change }) => {
    const text = readFileSync(new URL(file, root), 'utf8')
    expect(change(text)).not.toBe(text)
  },
)
