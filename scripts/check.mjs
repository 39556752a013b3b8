// `npm run check`: what must hold before a commit, beside the tests: types, lint and format, dead code, borders, catalogue,
// schema.sql, and that everything generated is current. Runs all of it and says at the end what failed.
import './old-node.mjs'

const checks = {
  types: ['node_modules/typescript/bin/tsc', '--noEmit'],
  'lint and format': ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings'],
  'dead code': ['node_modules/knip/bin/knip.js'],
  'generated protocol': ['scripts/check-proto.mjs'],
  'borders, catalogue, schema, documents': [
    'node_modules/vitest/vitest.mjs',
    'run',
    'test/borders.test.ts',
    'test/catalogue.test.ts',
    'test/documents.test.ts',
    'test/wire',
    'src/db/schema.test.ts',
    'src/start/settings.test.ts',
    'src/start/openapi.test.ts',
  ],
}

import('./ensure.mjs').then(({ ensurePackages, runNode }) => {
  ensurePackages()
  const failed = Object.entries(checks).filter(([what, args]) => {
    console.log(`— ${what}`)
    return runNode(args) !== 0
  })
  console.log(failed.length === 0 ? 'All of it holds.' : `Failed: ${failed.map(([what]) => what).join(', ')}.`)
  process.exit(failed.length === 0 ? 0 : 1)
})
