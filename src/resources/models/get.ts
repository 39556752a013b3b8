// GET /v1/models/{id}
import { z } from 'zod'
import { operation } from '../context.ts'
import { wireId } from '../shared/ids.ts'
import { requireModel } from './find.ts'
import { modelWithProvider, toModelWithProvider } from './shape.ts'

export const getModel = operation({
  name: 'get_model',
  route: 'GET /v1/models/{id}',
  tag: 'models',
  summary: 'Read one model with its profile.',
  needs: 'models.view',
  class: 'read',
  input: z.object({ id: wireId('model') }),
  output: modelWithProvider,

  async run(ctx, { id }) {
    return toModelWithProvider(ctx, await requireModel(ctx.tx, ctx.orgId, id))
  },
})
