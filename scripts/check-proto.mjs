// Proves that src/contract/gen is what src/contract/worker.proto generates now. Exit 1 with a sentence when it is not.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const committed = 'src/contract/gen'
const fresh = mkdtempSync(join(tmpdir(), 'everruns-proto-'))

const filesOf = (folder) =>
  Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  )

try {
  execFileSync(join(root, 'node_modules/.bin/buf'), ['generate', '--output', fresh], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (JSON.stringify(filesOf(join(root, committed))) !== JSON.stringify(filesOf(join(fresh, committed)))) {
    console.error(`${committed} is not what src/contract/worker.proto generates: run npm run proto and commit the result`)
    process.exitCode = 1
  }
} finally {
  rmSync(fresh, { recursive: true, force: true })
}
