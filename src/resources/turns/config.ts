// A session's configuration for its workers: the layers as they are now, and the model they resolve to. Cached per session until
// the organisation's configuration revision moves.
import type { Kysely, Selectable } from 'kysely'
import type { Uuid } from '../../contract/ids.ts'
import { fromWire } from '../../contract/ids.ts'
import type { JsonObject } from '../../contract/json.ts'
import { Problem } from '../../contract/problem.ts'
import { uuids } from '../../db/arrays.ts'
import type { Statement } from '../../db/batch-query.ts'
import type { Database } from '../../db/schema.ts'
import type { Sessions } from '../../db/schema-resources.ts'
import type { Layer, SessionConfig } from '../../turn/session-config.ts'
import type { Ctx } from '../context.ts'
import { sessionLayer } from '../sessions/layers.ts'
import { stored } from '../shared/stored.ts'
import { asSent, hashOf, SharedConfig } from './shared-config.ts'

type Db = Kysely<Database>
type Drivers = Ctx['drivers']

/** The innermost choice: the message's, else the session's, the agent's, the nearest harness's; null = the organisation's default. */
const chosenModel = (layers: readonly Layer[], fromMessage: Uuid | null): Uuid | null =>
  fromMessage ?? layers.reduce<Uuid | null>((chosen, layer) => layer.modelId ?? chosen, null)

/** The columns of a session's row that its configuration is made of. */
export const sessionColumns = [
  'id',
  'harness_id',
  'agent_id',
  'workspace_id',
  'title',
  'locale',
  'hints',
  'system_prompt',
  'capabilities',
  'tools',
  'initial_files',
  'network_access',
  'mcp_servers',
  'model_id',
  'max_iterations',
  'parallel_tool_calls',
] as const satisfies readonly (keyof Sessions)[]
export type SessionRow = Pick<Selectable<Sessions>, (typeof sessionColumns)[number]>

/** Problem `not_found` when the session is gone. */
async function sessionRow(db: Db, orgId: Uuid, sessionId: Uuid): Promise<SessionRow> {
  const session = await db
    .selectFrom('sessions')
    .select(sessionColumns)
    .where('org_id', '=', orgId)
    .where('id', '=', sessionId)
    .executeTakeFirst()
  if (!session) throw new Problem('not_found', 'No such session')
  return session
}

/** `messageModel`: wire form, from the message's controls. */
async function composed(session: SessionRow, shared: SharedConfig, messageModel: string | null): Promise<SessionConfig> {
  const outer = await shared.outer(session.harness_id, session.agent_id)
  const own = asSent(sessionLayer(session))
  const layers = [...outer.layers, own]
  const chosen = chosenModel(layers, messageModel ? fromWire('model', messageModel) : null)
  const model = outer.isGone ? { unavailable: 'dependency_unavailable' } : await shared.model(chosen)
  const facts = {
    sessionId: session.id,
    workspaceId: session.workspace_id,
    title: session.title,
    locale: session.locale,
    hints: stored<JsonObject>(session.hints ?? {}),
    harnessId: session.harness_id,
    agentId: session.agent_id,
  }
  const named = JSON.stringify({ outer: outer.hash, own, model, ...facts })
  return { agentName: outer.agentName, metadata: outer.metadata, layers, model, hash: hashOf(named), ...facts }
}

interface Cached {
  revision: number
  config: Promise<SessionConfig>
}

/** Sessions whose configuration is kept. */
const cacheMax = 5_000
const organisationsMax = 200

export interface ConfigRequest {
  orgId: Uuid
  sessionId: Uuid
  /** Wire form, from the message's controls. */
  model: string | null
  /** The organisation's revision, where it was read with what is asked for; null: it is read now. */
  revision: number | null
}

/** Rows `sessionId`, `revision`: how new the configuration of the sessions' organisations is. */
export const configRevisions = (sessionIds: Uuid[]): Statement => ({
  name: 'config_revisions',
  text: `select h.session_id as "sessionId", o.config_revision as revision from session_heads h
         join organizations o on o.id = h.org_id where h.session_id = any($1::uuid[])`,
  values: [uuids(sessionIds)],
})

/** One per process. The revision is as new as the question, so an answer is never older. */
export class SessionConfigs {
  readonly #db: Db
  readonly #drivers: Drivers
  readonly #cache = new Map<string, Cached>()
  /** By organisation, at the last revision that was seen. */
  readonly #shared = new Map<Uuid, SharedConfig>()

  constructor(db: Db, drivers: Drivers) {
    this.#db = db
    this.#drivers = drivers
  }

  /** One for each request, in their order. */
  of(requests: readonly ConfigRequest[]): Promise<SessionConfig>[] {
    const unknown = requests.filter(({ revision }) => revision === null)
    const revisions = this.#revisions([...new Set(unknown.map(({ orgId }) => orgId))])
    return requests.map(async (request) => this.#one(request, request.revision ?? (await revisions).get(request.orgId) ?? 0))
  }

  /** Begins to put a configuration together before anybody asks. `row` was read by the same statement as the revision. */
  prepare(request: ConfigRequest & { revision: number }, row: SessionRow): void {
    void this.#one(request, request.revision, row)
  }

  #one({ orgId, sessionId, model }: ConfigRequest, revision: number, row?: SessionRow): Promise<SessionConfig> {
    const key = `${sessionId} ${model ?? ''}`
    const known = this.#cache.get(key)
    if (known && known.revision === revision) return known.config
    const shared = this.#sharedOf(orgId, revision)
    const config = row
      ? composed(row, shared, model)
      : sessionRow(this.#db, orgId, sessionId).then((session) => composed(session, shared, model))
    this.#cache.delete(key)
    this.#cache.set(key, { revision, config })
    config.catch(() => this.#cache.delete(key))
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size <= cacheMax) break
      this.#cache.delete(oldest)
    }
    return config
  }

  #sharedOf(orgId: Uuid, revision: number): SharedConfig {
    const known = this.#shared.get(orgId)
    if (known?.revision === revision) return known
    const shared = new SharedConfig(this.#db, this.#drivers, orgId, revision)
    this.#shared.delete(orgId)
    this.#shared.set(orgId, shared)
    for (const oldest of this.#shared.keys()) {
      if (this.#shared.size <= organisationsMax) break
      this.#shared.delete(oldest)
    }
    return shared
  }

  async #revisions(orgIds: Uuid[]): Promise<Map<Uuid, number>> {
    if (orgIds.length === 0) return new Map()
    const rows = await this.#db.selectFrom('organizations').select(['id', 'config_revision']).where('id', 'in', orgIds).execute()
    return new Map(rows.map((row) => [row.id, row.config_revision]))
  }
}
