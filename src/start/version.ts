import { readFileSync } from 'node:fs'

/** The version of this package; the same file from src/ and from dist/. */
export const packageVersion = (): string =>
  // Our own package.json; that it has a version is npm's rule.
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version
