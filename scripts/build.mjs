// `npm run build`: dist/ as `npm start` would make it.
import './old-node.mjs'

import('./ensure.mjs').then(({ ensureBuild, ensurePackages }) => {
  ensurePackages()
  ensureBuild()
})
