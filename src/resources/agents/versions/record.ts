// Adds a version of what an agent is now.
import { newId, type Uuid } from '../../../contract/ids.ts'
import { toJsonText } from '../../../contract/json.ts'
import type { Ctx } from '../../context.ts'
import { harnessChain, harnessLayer } from '../../harnesses/chain.ts'
import { previewed } from '../../shared/preview.ts'
import { agentLayer } from '../layer.ts'
import type { AgentRow } from '../store.ts'
import { authoredConfig, configHash, resolvedConfig } from './authored.ts'
import { insertVersion, latestVersion, type VersionRow } from './store.ts'

export type ChangeKind = 'auto' | 'manual' | 'patch' | 'minor' | 'major' | 'import' | 'rollback' | 'fork'

/** Why there is a version, and where it came from. */
export interface Mark {
  kind: ChangeKind
  summary?: string | null
  source?: Uuid
}

/**
 * `auto` makes an unpublished draft, and none when nothing that was authored changed; every other kind publishes the next number.
 * The caller holds the organisation's row, so numbers have no gaps.
 */
export async function recordVersion(ctx: Ctx, row: AgentRow, mark: Mark): Promise<VersionRow> {
  const { tx, orgId, caller } = ctx
  const authored = authoredConfig(row)
  const hash = configHash(authored)
  const before = await latestVersion(tx, orgId, row.id)
  if (mark.kind === 'auto' && before?.config_hash === hash) return before
  return insertVersion(tx, {
    id: newId(),
    org_id: orgId,
    agent_id: row.id,
    ...numbered(mark.kind, before),
    change_kind: mark.kind,
    summary: mark.summary,
    authored_config: toJsonText(authored),
    resolved_config: toJsonText(await resolve(ctx, row)),
    config_hash: hash,
    parent_version_id: before?.id,
    source_version_id: mark.source,
    created_by_principal_id: caller.userId,
  })
}

async function resolve(ctx: Ctx, row: AgentRow) {
  const chain = await harnessChain(ctx.tx, ctx.orgId, row.harness_id)
  const layers = [...chain.map(harnessLayer), agentLayer(row)]
  return resolvedConfig(
    previewed(ctx, layers),
    layers.map(({ systemPrompt }) => systemPrompt),
  )
}

/** A draft carries the number of the last published version, so that the next one can count on from any row. */
export function numbered(kind: ChangeKind, before: VersionRow | undefined) {
  const version_number = (before?.version_number ?? 0) + 1
  const [major, minor, patch] = before ? [before.semver_major, before.semver_minor, before.semver_patch] : [0, 0, 0]
  if (kind === 'auto') {
    return { version_number, version: `draft.${version_number}`, ...semver(major, minor, patch), is_published: false }
  }
  const [x, y, z] = after(kind, major, minor, patch)
  return { version_number, version: `${x}.${y}.${z}`, ...semver(x, y, z), is_published: true }
}

function after(kind: ChangeKind, major: number, minor: number, patch: number): [number, number, number] {
  const isFirst = major === 0 && minor === 0 && patch === 0
  if (isFirst) return [0, 1, 0]
  if (kind === 'major') return [major + 1, 0, 0]
  return kind === 'minor' || kind === 'fork' ? [major, minor + 1, 0] : [major, minor, patch + 1]
}

const semver = (semver_major: number, semver_minor: number, semver_patch: number) => ({
  semver_major,
  semver_minor,
  semver_patch,
})
