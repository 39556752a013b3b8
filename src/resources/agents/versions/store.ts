// The versions of agents, one function per statement. They are only ever added.
import type { Insertable, Kysely, Selectable } from 'kysely'
import type { Uuid } from '../../../contract/ids.ts'
import type { Database } from '../../../db/schema.ts'
import type { AgentVersions } from '../../../db/schema-resources.ts'

export type VersionRow = Selectable<AgentVersions>
type Tx = Kysely<Database>

/** Newest first. */
export const versionsOf = (tx: Tx, orgId: Uuid, agentId: Uuid): Promise<VersionRow[]> =>
  tx
    .selectFrom('agent_versions')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('agent_id', '=', agentId)
    .orderBy('version_number', 'desc')
    .execute()

export const latestVersion = (tx: Tx, orgId: Uuid, agentId: Uuid): Promise<VersionRow | undefined> =>
  tx
    .selectFrom('agent_versions')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('agent_id', '=', agentId)
    .orderBy('version_number', 'desc')
    .limit(1)
    .executeTakeFirst()

export const findVersion = (tx: Tx, orgId: Uuid, agentId: Uuid, id: Uuid): Promise<VersionRow | undefined> =>
  tx
    .selectFrom('agent_versions')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('agent_id', '=', agentId)
    .where('id', '=', id)
    .executeTakeFirst()

export const insertVersion = (tx: Tx, version: Insertable<AgentVersions>): Promise<VersionRow> =>
  tx.insertInto('agent_versions').values(version).returningAll().executeTakeFirstOrThrow()
