// Temporary clusters whose process was killed: found by name, proven unowned by their lock, stopped and removed.
import { readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Binaries } from './embedded-binaries.ts'
import { type Cluster, lastSocketFolder, stopServer } from './embedded-cluster.ts'
import { attach, takeLock } from './embedded-supervisor.ts'
import { userFor } from './embedded-user.ts'

export const temporaryPrefix = 'everruns-temporary-'

// A younger one may belong to a process that has not taken its lock yet.
const settledMs = 60_000

async function remove(cluster: Cluster): Promise<void> {
  const sockets = await lastSocketFolder(cluster)
  const client = sockets ? await attach(cluster, sockets) : null
  if (client) {
    const unowned = await takeLock(client, 0)
    if (unowned) await stopServer(cluster)
    await client.end().catch(() => {})
    if (!unowned) return
  }
  if (sockets) await rm(sockets, { recursive: true, force: true })
  await rm(cluster.dir, { recursive: true, force: true })
}

/** Removes them all; what cannot be removed (another user's) is left alone. */
export async function removeLeftovers(binaries: Binaries): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(temporaryPrefix)) continue
    const dir = join(tmpdir(), name)
    try {
      if (Date.now() - (await stat(dir)).mtimeMs < settledMs) continue
      await remove({ dir, user: await userFor(join(dir, 'data')), binaries, fsync: false })
    } catch {
      // Another user's, or being removed by another process.
    }
  }
}
