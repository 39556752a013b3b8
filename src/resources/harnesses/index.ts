// The operations on harnesses.
import { checkHarnessName } from './check-name.ts'
import { harnessConfig } from './config.ts'
import { copyHarness } from './copy.ts'
import { createHarness } from './create.ts'
import { deleteHarness } from './delete.ts'
import { destroyHarness } from './destroy.ts'
import { getHarness } from './get.ts'
import { importHarness } from './import.ts'
import { listHarnesses } from './list.ts'
import { listHarnessExamples } from './list-examples.ts'
import { previewHarness } from './preview.ts'
import { getHarnessStats } from './stats.ts'
import { updateHarness } from './update.ts'

export const harnesses = [
  listHarnesses,
  createHarness,
  checkHarnessName,
  harnessConfig,
  importHarness,
  previewHarness,
  getHarness,
  updateHarness,
  deleteHarness,
  destroyHarness,
  copyHarness,
  getHarnessStats,
  listHarnessExamples,
]
