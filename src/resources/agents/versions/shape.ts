// A version of an agent on the wire.
import { z } from 'zod'
import { toWire, toWireOrNull } from '../../../contract/ids.ts'
import type { JsonObject } from '../../../contract/json.ts'
import { stored } from '../../shared/stored.ts'
import { timestamp, toWireTime } from '../../shared/time.ts'
import type { ChangeKind } from './record.ts'
import type { VersionRow } from './store.ts'

export const changeKind = z
  .enum(['auto', 'manual', 'patch', 'minor', 'major', 'import', 'rollback', 'fork'])
  .meta({ id: 'AgentVersionChangeKind' })

const count = z.number().int()
const config = z.record(z.string(), z.any())

export const agentVersion = z
  .object({
    id: z.string(),
    agent_id: z.string(),
    version_number: count,
    version: z.string(),
    semver_major: count,
    semver_minor: count,
    semver_patch: count,
    is_published: z.boolean(),
    change_kind: changeKind,
    summary: z.string().optional(),
    authored_config: config,
    resolved_config: config,
    config_hash: z.string(),
    parent_version_id: z.string().optional(),
    source_version_id: z.string().optional(),
    created_by_principal_id: z.string().optional(),
    created_at: timestamp,
  })
  .meta({ id: 'AgentVersion' })

/** Row → wire. */
export const toVersion = (row: VersionRow): z.input<typeof agentVersion> => ({
  id: toWire('agentVersion', row.id),
  agent_id: toWire('agent', row.agent_id),
  version_number: row.version_number,
  version: row.version,
  semver_major: row.semver_major,
  semver_minor: row.semver_minor,
  semver_patch: row.semver_patch,
  is_published: row.is_published,
  // Only recordVersion writes the column, with this type.
  change_kind: row.change_kind as ChangeKind,
  summary: row.summary ?? undefined,
  authored_config: stored<JsonObject>(row.authored_config ?? {}),
  resolved_config: stored<JsonObject>(row.resolved_config ?? {}),
  config_hash: row.config_hash,
  parent_version_id: toWireOrNull('agentVersion', row.parent_version_id) ?? undefined,
  source_version_id: toWireOrNull('agentVersion', row.source_version_id) ?? undefined,
  created_by_principal_id: toWireOrNull('principal', row.created_by_principal_id) ?? undefined,
  created_at: toWireTime(row.created_at),
})
