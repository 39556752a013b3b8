// PostgreSQL refuses to run as root. Says which user runs it, and where that user can keep data.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstatSync, statSync } from 'node:fs'
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

/** A user to run a process as. */
export interface SystemUser {
  uid: number
  gid: number
}

export const isRoot = (): boolean => process.getuid?.() === 0

async function nobody(): Promise<SystemUser> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const [, , uid, gid] = (passwd.match(/^nobody:.*$/m)?.[0] ?? '').split(':')
  if (!uid || !gid)
    throw new Error(
      'PostgreSQL does not run as root, and there is no user "nobody" here. Run as another user or set DATABASE_URL.',
    )
  return { uid: Number(uid), gid: Number(gid) }
}

const ownerOf = (path: string): SystemUser | null => {
  const found = statSync(path, { throwIfNoEntry: false })
  return found ? { uid: found.uid, gid: found.gid } : null
}

/** Who runs the cluster in `data`: ourselves (null), or for root the owner of data that is there, else nobody. */
export async function userFor(data: string): Promise<SystemUser | null> {
  const owner = ownerOf(data)
  if (isRoot()) return owner && owner.uid !== 0 ? owner : nobody()
  if (owner && owner.uid !== process.getuid?.())
    throw new Error(`${data} belongs to another user. Start as that user, or set EVERRUNS_HOME.`)
  return null
}

/** A folder of ours that every user can reach. Only root asks for it, and a name in /var/tmp may be somebody else's trap. */
export async function systemFolder(): Promise<string> {
  for (const folder of ['/var/lib/everruns', '/var/tmp/everruns']) {
    const made = await mkdir(folder, { recursive: true, mode: 0o755 }).then(
      () => true,
      () => false,
    )
    if (!made) continue
    const found = lstatSync(folder)
    if (found.isDirectory() && found.uid === process.getuid?.()) return folder
  }
  throw new Error(
    'No folder for PostgreSQL: neither /var/lib/everruns nor /var/tmp/everruns can be used. Set EVERRUNS_HOME or DATABASE_URL.',
  )
}

const reaches = (user: SystemUser, folder: string): boolean =>
  spawnSync('/bin/sh', ['-c', 'test -x "$1"', 'sh', folder], { ...user, cwd: '/', stdio: 'ignore' }).status === 0

/**
 * The folder that holds the cluster wanted in `dir`: `dir` itself, or, where the user who must run it cannot reach `dir`, a
 * system folder named by the path's hash. Then `postgres.path` beside `dir` says where.
 */
export async function placeFor(dir: string): Promise<{ dir: string; user: SystemUser | null }> {
  await mkdir(dir, { recursive: true })
  const user = await userFor(join(dir, 'data'))
  if (!user) return { dir, user }
  if (reaches(user, dir)) return { dir, user }
  const name = createHash('sha256').update(resolve(dir)).digest('hex').slice(0, 16)
  const elsewhere = join(await systemFolder(), name)
  await mkdir(elsewhere, { recursive: true, mode: 0o755 })
  await writeFile(join(dirname(dir), 'postgres.path'), `${elsewhere}\n`)
  return { dir: elsewhere, user: await userFor(join(elsewhere, 'data')) }
}

/** Makes a folder that only `user` (null: ourselves) may enter. */
export async function privateFolder(path: string, user: SystemUser | null): Promise<void> {
  await mkdir(path, { mode: 0o700 })
  if (user) await chown(path, user.uid, user.gid)
}
