// Makes a fresh checkout ready: packages installed as the lock file says, src/ compiled into dist/. Does nothing when nothing
// changed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The compiled entry of every command. */
export const main = pathToFileURL(join(root, 'dist/start/main.js'))

export const isBuilt = () => existsSync(main)

/** Runs Node in the checkout and answers its exit code. */
export const runNode = (args) => spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1

const packagesIn = (file) => JSON.parse(readFileSync(join(root, file), 'utf8')).packages

/** npm keeps its own list of what it installed; times of files say nothing after a clone. */
function isInstalled() {
  if (!existsSync(join(root, 'node_modules/.package-lock.json'))) return false
  const [wanted, found] = [packagesIn('package-lock.json'), packagesIn('node_modules/.package-lock.json')]
  return Object.entries(wanted).every(([path, { version, optional, devOptional, peer, link }]) => {
    if (path === '' || link) return true
    return found[path] ? found[path].version === version : Boolean(optional || devOptional || peer)
  })
}

/** Runs npm itself: the one that started us, where it did. */
function npm(args, stdio) {
  const path = process.env.npm_execpath
  const [command, first] = path ? [process.execPath, [path]] : [process.platform === 'win32' ? 'npm.cmd' : 'npm', []]
  return spawnSync(command, [...first, ...args], { cwd: root, stdio }).status
}

/** Installs the packages of the lock file, where they are not there as it says. */
export function ensurePackages() {
  if (isInstalled()) return
  console.error('Installing packages (once) …')
  const flags = ['--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']
  // `npm ci` refuses a lock file that lacks optional packages of other platforms, as mirrors of the registry make it; `npm install`
  // takes the same versions and leaves the lock file alone.
  if (npm(['ci', ...flags], 'ignore') === 0 || npm(['install', '--no-save', ...flags], ['ignore', 'ignore', 'inherit']) === 0)
    return
  console.error('The packages could not be installed.')
  process.exit(1)
}

const filesBelow = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesBelow(path) : [path]
  })

const isCode = (path) => path.endsWith('.ts')

/** Changes whenever a file that the build reads does. */
function fingerprint(sources) {
  const hash = createHash('sha256').update(process.versions.node)
  for (const path of [
    ...sources,
    ...['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'].map((name) => join(root, name)),
  ].sort()) {
    const { mtimeMs, size } = statSync(path)
    hash.update(`${path.slice(root.length)}\0${mtimeMs}\0${size}\n`)
  }
  return hash.digest('hex')
}

function compile(sources, target) {
  rmSync(target, { recursive: true, force: true })
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', target, '--tsBuildInfoFile', join(target, '.tsbuildinfo')]
  if (runNode(args) !== 0) {
    rmSync(target, { recursive: true, force: true })
    console.error('The build failed.')
    process.exit(1)
  }
  for (const path of sources.filter((source) => !isCode(source))) {
    const copy = join(target, path.slice(join(root, 'src').length))
    mkdirSync(dirname(copy), { recursive: true })
    cpSync(path, copy)
  }
}

function refuseUnwritable() {
  try {
    for (const folder of [root, join(root, 'node_modules')]) accessSync(folder, constants.W_OK)
  } catch {
    console.error(`Everruns is not built, and ${root} cannot be written to. Run \`npm run build\` there as its owner first.`)
    process.exit(1)
  }
}

/** Compiles src/ where dist/ is not its image. Two processes may do it at once: one whole result stands. */
export function ensureBuild() {
  const [dist, stamp] = [join(root, 'dist'), join(root, 'dist/.built')]
  const sources = filesBelow(join(root, 'src')).filter((path) => !path.endsWith('.test.ts'))
  const current = fingerprint(sources)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === current) return
  refuseUnwritable()
  const [made, old] = ['new', 'old'].map((age) => join(root, `node_modules/.everruns-${process.pid}-${age}`))
  compile(sources, made)
  writeFileSync(join(made, '.built'), current)
  try {
    if (existsSync(dist)) renameSync(dist, old)
    renameSync(made, dist)
  } catch {
    // Another process put its own there in the same moment.
    rmSync(made, { recursive: true, force: true })
  }
  rmSync(old, { recursive: true, force: true })
}
