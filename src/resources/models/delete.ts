// DELETE /v1/models/{id}: really deletes; what had chosen it goes back to its default.
import { z } from 'zod'
import { operation } from '../context.ts'
import { bumpConfigRevision } from '../organizations/store.ts'
import { wireId } from '../shared/ids.ts'
import { noModel } from './find.ts'
import { forgetModels } from './forget.ts'
import { deleteModel as deleteRow } from './store.ts'

export const deleteModel = operation({
  name: 'delete_model',
  route: 'DELETE /v1/models/{id}',
  tag: 'models',
  summary: 'Delete a model. One that comes with the product returns at the next start: disable it instead.',
  needs: 'models.manage',
  class: 'write',
  input: z.object({ id: wireId('model') }),
  output: z.void(),
  status: 204,

  async run({ tx, orgId }, { id }) {
    await bumpConfigRevision(tx, orgId)
    await forgetModels(tx, orgId, [id])
    if (!(await deleteRow(tx, orgId, id))) noModel(id)
  },
})
