// `npm start`: whatever is missing is made, then this very process becomes `everruns dev`.
import './old-node.mjs'

import('./ensure.mjs').then(({ ensureBuild, ensurePackages, main }) => {
  ensurePackages()
  ensureBuild()
  process.argv.splice(2, 0, 'dev')
  return import(main.href)
})
