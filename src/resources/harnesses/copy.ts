// POST /v1/harnesses/{harness_id}/copy: the way to change a built-in.
import { z } from 'zod'
import { toJsonText } from '../../contract/json.ts'
import { operation } from '../context.ts'
import { holdOrganization } from '../organizations/store.ts'
import { copyName, copyTitle } from '../shared/free-name.ts'
import { addHarness } from './create.ts'
import { requireActiveHarness } from './find.ts'
import { harness, toHarness } from './shape.ts'
import { findHarness, type HarnessRow } from './store.ts'

export const copyHarness = operation({
  name: 'copy_harness',
  route: 'POST /v1/harnesses/{harness_id}/copy',
  tag: 'harnesses',
  summary: 'Copy a harness under a new name.',
  needs: 'harnesses.manage',
  class: 'write',
  input: z.object({ harness_id: z.string() }),
  output: harness,
  status: 201,

  async run({ tx, orgId, urls }, { harness_id }) {
    await holdOrganization(tx, orgId)
    const row = await requireActiveHarness(tx, orgId, harness_id)
    const name = await copyName(row.name, async (candidate) => !!(await findHarness(tx, orgId, { name: candidate })))
    return toHarness(
      urls,
      await addHarness({ tx, orgId }, { ...authoredOf(row), name, display_name: copyTitle(row.display_name) }),
    )
  },
})

const authoredOf = (row: HarnessRow) => ({
  description: row.description,
  system_prompt: row.system_prompt,
  parent_harness_id: row.parent_harness_id,
  capabilities: toJsonText(row.capabilities),
  initial_files: toJsonText(row.initial_files),
  mcp_servers: toJsonText(row.mcp_servers),
  network_access: row.network_access === null ? null : toJsonText(row.network_access),
  default_model_id: row.default_model_id,
  parallel_tool_calls: row.parallel_tool_calls,
  embedder_metadata: toJsonText(row.embedder_metadata),
  tags: row.tags,
})
