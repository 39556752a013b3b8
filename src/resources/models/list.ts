// GET /v1/models
import { z } from 'zod'
import { listOf } from '../../contract/page.ts'
import { operation } from '../context.ts'
import { flag } from '../shared/query.ts'
import { modelSource, modelWithProvider, toModelWithProvider } from './shape.ts'
import { modelsOfOrg } from './store.ts'

export const listAllModels = operation({
  name: 'list_all_models',
  route: 'GET /v1/models',
  tag: 'models',
  summary: 'List the models of all providers.',
  needs: 'models.view',
  class: 'read',
  input: z.object({ source: modelSource.nullish(), include_stale: flag.default(true), favorites_only: flag.default(false) }),
  output: listOf(modelWithProvider),

  async run(ctx, filter) {
    const rows = await modelsOfOrg(ctx.tx, ctx.orgId, filter)
    return { data: rows.map((row) => toModelWithProvider(ctx, row)) }
  },
})
