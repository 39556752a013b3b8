// What harness create and update take, and the columns it becomes.
import type { Updateable } from 'kysely'
import { z } from 'zod'
import { toJsonText } from '../../contract/json.ts'
import type { Harnesses } from '../../db/schema-resources.ts'
import type { Ctx } from '../context.ts'
import { authoredColumns, authoredFields } from '../shared/authored.ts'
import { kib, mib, textUpTo } from '../shared/limits.ts'
import type { HarnessRow } from './store.ts'

/** Everything but name, parent and status, which each operation treats in its own way. */
export const harnessFields = {
  ...authoredFields,
  system_prompt: textUpTo(mib).nullish(),
  embedder_metadata: z.record(z.string(), textUpTo(kib)).nullish(),
}
const fields = z.object(harnessFields)

/** The columns of what is given, and of nothing else. Problems of authoredColumns. */
export async function harnessColumns(ctx: Ctx, given: z.output<typeof fields>, row?: HarnessRow): Promise<Updateable<Harnesses>> {
  return {
    ...(await authoredColumns(ctx, given, row)),
    ...(given.system_prompt !== undefined && { system_prompt: given.system_prompt }),
    ...(given.embedder_metadata && { embedder_metadata: toJsonText(given.embedder_metadata) }),
  }
}
