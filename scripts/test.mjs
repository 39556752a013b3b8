// `npm test`: everything, on the PostgreSQL that comes with Everruns. Arguments go to vitest.
import './old-node.mjs'

import('./ensure.mjs').then(({ ensureBuild, ensurePackages, runNode }) => {
  ensurePackages()
  ensureBuild()
  process.exit(runNode(['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)]))
})
