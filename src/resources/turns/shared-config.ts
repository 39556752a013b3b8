// What many sessions of an organisation have in common (harness chains, agents, resolved models), read once per configuration revision.
import type { Kysely } from 'kysely'
import type { Uuid } from '../../contract/ids.ts'
import type { Database } from '../../db/schema.ts'
import type { ResolvedModel } from '../../turn/session-config.ts'
import { type AgentRow, agentsByIds } from '../agents/store.ts'
import type { Ctx } from '../context.ts'
import { harnessChain } from '../harnesses/chain.ts'
import type { HarnessRow } from '../harnesses/store.ts'
import { resolveModel } from '../models/resolve.ts'

type Db = Kysely<Database>

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

  chain(harnessId: Uuid): Promise<HarnessRow[]> {
    return this.#once(`harness ${harnessId}`, () => harnessChain(this.#db, this.#orgId, harnessId))
  }

  agent(agentId: Uuid): Promise<AgentRow | undefined> {
    return this.#once(`agent ${agentId}`, async () => (await agentsByIds(this.#db, this.#orgId, [agentId]))[0])
  }

  /** `chosen`: the innermost choice; null asks for the organisation's default. */
  model(chosen: Uuid | null): Promise<ResolvedModel | { unavailable: string }> {
    return this.#once(`model ${chosen ?? ''}`, () => resolveModel(this.#db, this.#orgId, this.#drivers, chosen))
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
