// A version as columns again: what it pointed at may be gone by now.
import type { Uuid } from '../../../contract/ids.ts'
import { fromWire } from '../../../contract/ids.ts'
import type { Ctx } from '../../context.ts'
import { findHarness } from '../../harnesses/store.ts'
import { findModel } from '../../models/store.ts'
import { columnsOf, namesOf } from './authored.ts'
import type { VersionRow } from './store.ts'

/** A model that is gone is inherited again; a harness that is gone gives way to `fallbackHarness`. */
export async function restoredColumns({ tx, orgId }: Ctx, version: VersionRow, fallbackHarness: Uuid) {
  const columns = columnsOf(version.authored_config)
  const harnessId = fromWire('harness', namesOf(version.authored_config).harness_id)
  const harness = harnessId && (await findHarness(tx, orgId, { id: harnessId }))
  const model = columns.default_model_id && (await findModel(tx, orgId, columns.default_model_id))
  return {
    ...columns,
    harness_id: harness && harness.status === 'active' ? harness.id : fallbackHarness,
    default_model_id: model ? model.id : null,
  }
}
