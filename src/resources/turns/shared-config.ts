// What many sessions of an organisation have in common (harness chains, agents, resolved models), read once per configuration revision.
import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Uuid } from '../../contract/ids.ts'
import type { Database } from '../../db/schema.ts'
import type { Layer, ResolvedModel } from '../../turn/session-config.ts'
import { agentLayer } from '../agents/layer.ts'
import { agentsByIds } from '../agents/store.ts'
import type { Ctx } from '../context.ts'
import { harnessChain, harnessLayer } from '../harnesses/chain.ts'
import { resolveModel } from '../models/resolve.ts'
import { stored } from '../shared/stored.ts'

type Db = Kysely<Database>

/** The layers around the sessions of one harness and one agent. */
export interface OuterLayers {
  layers: Layer[]
  /** Names what the layers, the metadata and the agent's name say. */
  hash: string
  agentName: string | null
  /** `SessionConfig.metadata`. */
  metadata: Record<string, string>
  /** The harness or the agent is no longer to be used. */
  isGone: boolean
}

/** Files were written when the session was made; they do not travel with every step. */
export const asSent = (layer: Layer): Layer => ({
  ...layer,
  initialFiles: layer.initialFiles.map((file) => ({ ...file, content: '' })),
})

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)

/** One organisation at one revision. Holds promises, so that what is asked for twice at once is read once. */
export class SharedConfig {
  readonly revision: number
  readonly #db: Db
  readonly #orgId: Uuid
  readonly #drivers: Ctx['drivers']
  readonly #known = new Map<string, Promise<unknown>>()

  constructor(db: Db, drivers: Ctx['drivers'], orgId: Uuid, revision: number) {
    this.#db = db
    this.#drivers = drivers
    this.#orgId = orgId
    this.revision = revision
  }

  outer(harnessId: Uuid, agentId: Uuid | null): Promise<OuterLayers> {
    return this.#once(`outer ${harnessId} ${agentId ?? ''}`, () => this.#readOuter(harnessId, agentId))
  }

  /** `chosen`: the innermost choice; null asks for the organisation's default. */
  model(chosen: Uuid | null): Promise<ResolvedModel | { unavailable: string }> {
    return this.#once(`model ${chosen ?? ''}`, () => resolveModel(this.#db, this.#orgId, this.#drivers, chosen))
  }

  async #readOuter(harnessId: Uuid, agentId: Uuid | null): Promise<OuterLayers> {
    const chain = await this.#once(`harness ${harnessId}`, () => harnessChain(this.#db, this.#orgId, harnessId))
    const agent = agentId ? (await agentsByIds(this.#db, this.#orgId, [agentId]))[0] : undefined
    const said = {
      layers: [...chain.map(harnessLayer), ...(agent ? [agentLayer(agent)] : [])].map(asSent),
      agentName: agent?.name ?? null,
      metadata: Object.assign({}, ...chain.map((row) => stored<Record<string, string>>(row.embedder_metadata))),
    }
    const isGone = chain.at(-1)?.status !== 'active' || (agentId !== null && agent?.status !== 'active')
    return { ...said, isGone, hash: hashOf(JSON.stringify(said)) }
  }

  #once<T>(key: string, read: () => Promise<T>): Promise<T> {
    // A key always stands for one kind of answer: each method has its own.
    const known = this.#known.get(key) as Promise<T> | undefined
    if (known) return known
    const reading = read()
    this.#known.set(key, reading)
    reading.catch(() => this.#known.delete(key))
    return reading
  }
}
