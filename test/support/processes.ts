// What tests start as processes of their own, compiled anew for each run from the sources as they stand: such a process loads in half
// the time that tsx needs, and a run starts some hundreds. Types are for `npm run check`.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, rm, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const root = resolve(import.meta.dirname, '../..')
/** The folder, for every process of the run. */
const variable = 'EVERRUNS_TEST_PROCESSES'

/** Compiles the files of tsconfig.processes.json; answers what removes the result. Throws what the compiler said. */
export async function compileProcesses(): Promise<() => Promise<void>> {
  // Below node_modules, where packages are found and nothing looks for sources.
  const folder = join(root, `node_modules/.processes-${randomBytes(4).toString('hex')}`)
  const remove = () => rm(folder, { recursive: true, force: true })
  await mkdir(folder)
  try {
    await Promise.all([
      promisify(execFile)(process.execPath, [
        join(root, 'node_modules/typescript/bin/tsc'),
        ...['-p', join(root, 'tsconfig.processes.json'), '--outDir', folder],
      ]),
      // What the product reads beside its code.
      ...['package.json', 'migrations'].map((name) => symlink(join(root, name), join(folder, name))),
    ])
  } catch (error) {
    await remove()
    throw error
  }
  process.env[variable] = folder
  return remove
}

/** The compiled file of a source, such as `src/start/main.ts`. */
export function processFile(source: string): string {
  const folder = process.env[variable]
  if (!folder) throw new Error('compileProcesses() comes first')
  return join(folder, source.replace(/\.ts$/, '.js'))
}
