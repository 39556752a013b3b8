// The connections between control planes and PostgreSQL, with a network in between that can fail.
import { chmodSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Postgres } from './postgres.ts'
import { Network } from './proxy.ts'
import { World } from './world.ts'

/** What connections call themselves in their first bytes. */
export const names = { hints: 'everruns hints' }

/** A world whose control planes reach the database through a proxy; the world itself goes past it. */
export async function withDatabaseLink<T>(
  planes: number,
  settings: Record<string, string>,
  work: (world: World, network: Network) => Promise<T>,
): Promise<T> {
  const postgres = await Postgres.open()
  const folder = mkdtempSync(join(tmpdir(), 'everruns-link-'))
  chmodSync(folder, 0o755)
  const network = await Network.open({ path: postgres.socket }, join(folder, '.s.PGSQL.5432'))
  const world = await World.open(planes, { postgres, databaseUrl: postgres.urlAt(folder), settings })
  try {
    return await work(world, network)
  } finally {
    await world.close()
    await network.close()
    await rm(folder, { recursive: true, force: true })
  }
}
