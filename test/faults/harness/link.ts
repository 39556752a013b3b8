// The connections between control planes and PostgreSQL, with a network in between that can fail.
import { chmodSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Postgres, type PostgresWish } from './postgres.ts'
import { Network } from './proxy.ts'
import { World } from './world.ts'

/** What connections call themselves in their first bytes. */
export const names = { hints: 'everruns hints' }

export interface LinkWish {
  postgres?: PostgresWish
  /** The world itself goes through the proxy too, which may lead elsewhere one day. */
  worldToo?: boolean
}

/** A world whose control planes reach the database through a proxy; the world itself goes past it unless wished otherwise. */
export async function withDatabaseLink<T>(
  planes: number,
  settings: Record<string, string>,
  work: (world: World, network: Network) => Promise<T>,
  { postgres: wish, worldToo = false }: LinkWish = {},
): Promise<T> {
  const postgres = await Postgres.open(wish)
  const folder = mkdtempSync(join(tmpdir(), 'everruns-link-'))
  chmodSync(folder, 0o755)
  const network = await Network.open({ path: postgres.socket }, join(folder, '.s.PGSQL.5432'))
  const databaseUrl = postgres.urlAt(folder)
  const world = await World.open(planes, { postgres, databaseUrl, settings, ...(worldToo ? { ownUrl: databaseUrl } : {}) })
  try {
    return await work(world, network)
  } finally {
    await world.close()
    await network.close()
    await rm(folder, { recursive: true, force: true })
  }
}
