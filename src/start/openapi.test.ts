import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { openApiText } from './openapi.ts'

test('docs/api/openapi.json is current (npm run openapi)', async () => {
  const committed = await readFile(new URL('../../docs/api/openapi.json', import.meta.url), 'utf8')
  // Compared whole, but without printing a document of that size.
  expect(committed === openApiText()).toBe(true)
})
