// GET /v1/harnesses/check-name
import { z } from 'zod'
import { fromWire } from '../../contract/ids.ts'
import { operation } from '../context.ts'
import { nameAnswer, nameQuery } from '../shared/check-name.ts'
import { isSlug } from '../shared/slug.ts'
import { defaultName } from './find.ts'
import { findHarness } from './store.ts'

export const checkHarnessName = operation({
  name: 'check_harness_name',
  route: 'GET /v1/harnesses/check-name',
  tag: 'harnesses',
  summary: 'Whether a harness may be called so.',
  needs: 'harnesses.view',
  class: 'read',
  input: z.object(nameQuery),
  output: nameAnswer.meta({ id: 'CheckNameResponse' }),

  async run({ tx, orgId }, { name, exclude_id }) {
    if (!isSlug(name) || name === defaultName) return { available: false }
    const holder = await findHarness(tx, orgId, { name })
    return { available: !holder || (!!exclude_id && holder.id === fromWire('harness', exclude_id)) }
  },
})
