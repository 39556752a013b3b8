// The operations on agents and their versions.
import { checkAgentName } from './check-name.ts'
import { agentConfig } from './config.ts'
import { copyAgent } from './copy.ts'
import { createAgent } from './create.ts'
import { deleteAgent } from './delete.ts'
import { destroyAgent } from './destroy.ts'
import { exportAgent } from './export.ts'
import { getAgent } from './get.ts'
import { importAgent } from './import.ts'
import { listAgents } from './list.ts'
import { previewAgent } from './preview.ts'
import { getAgentStats } from './stats.ts'
import { updateAgent } from './update.ts'
import { upsertAgent } from './upsert.ts'
import { createAgentVersion } from './versions/create.ts'
import { diffAgentVersions } from './versions/diff.ts'
import { forkAgentVersion } from './versions/fork.ts'
import { listAgentVersions } from './versions/list.ts'
import { rollbackAgentVersion } from './versions/rollback.ts'
import { setDefaultAgentVersion } from './versions/set-default.ts'

export const agents = [
  listAgents,
  createAgent,
  checkAgentName,
  agentConfig,
  importAgent,
  previewAgent,
  getAgent,
  upsertAgent,
  updateAgent,
  deleteAgent,
  destroyAgent,
  copyAgent,
  exportAgent,
  getAgentStats,
  listAgentVersions,
  createAgentVersion,
  setDefaultAgentVersion,
  diffAgentVersions,
  forkAgentVersion,
  rollbackAgentVersion,
]
