#!/usr/bin/env node
// The `everruns` command: the compiled src/start/main.ts.
import '../scripts/old-node.mjs'

import('../scripts/ensure.mjs').then(({ isBuilt, main }) => {
  if (isBuilt()) return import(main.href)
  console.error('Everruns is not built yet. Run `npm run build` (or `npm start`) in its folder first.')
  process.exit(1)
})
