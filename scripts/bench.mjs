// `npm run bench -- …`: the measurements, compiled like the product; what they measure is dist/ itself, as users run it.
import './old-node.mjs'
import { rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const compiled = join(root, 'node_modules/.bench')

import('./ensure.mjs').then(({ ensureBuild, ensurePackages, runNode }) => {
  ensurePackages()
  ensureBuild()
  rmSync(compiled, { recursive: true, force: true })
  if (runNode(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.bench.json']) !== 0) process.exit(1)
  rmSync(join(compiled, 'src'), { recursive: true })
  symlinkSync(join(root, 'dist'), join(compiled, 'src'), 'dir')
  process.exit(runNode([join(compiled, 'bench/main.js'), ...process.argv.slice(2)]))
})
