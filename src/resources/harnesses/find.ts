// A harness as callers name it: id, name, or `default`, which is no harness but the organisation's choice of one.
import type { Kysely } from 'kysely'
import type { Uuid } from '../../contract/ids.ts'
import { Problem } from '../../contract/problem.ts'
import type { Database } from '../../db/schema.ts'
import { findOrganization } from '../organizations/store.ts'
import { nameOrId } from '../shared/ids.ts'
import { findHarness, type HarnessRow } from './store.ts'

type Tx = Kysely<Database>

/** A virtual name, so nothing may be called so. */
export const defaultName = 'default'
/** What is used where nobody chose. */
const fallbackName = 'generic'

/** Archived ones too. Problem `not_found`, `bad_request` for a text that is neither id nor name. */
export async function requireHarness(tx: Tx, orgId: Uuid, text: string): Promise<HarnessRow> {
  const which = nameOrId('harness', text)
  const row =
    'name' in which && which.name === defaultName ? await defaultHarness(tx, orgId) : await findHarness(tx, orgId, which)
  if (!row) throw new Problem('not_found', `There is no harness ${text}`)
  return row
}

/** The organisation's default while it is active, else the built-in `generic`. */
export async function defaultHarness(tx: Tx, orgId: Uuid): Promise<HarnessRow> {
  const organization = await findOrganization(tx, orgId)
  const chosen = organization?.default_harness_id && (await findHarness(tx, orgId, { id: organization.default_harness_id }))
  if (chosen && chosen.status === 'active') return chosen
  const fallback = await findHarness(tx, orgId, { name: fallbackName })
  if (!fallback) throw new Problem('not_found', `The organisation has no harness ${fallbackName}`)
  return fallback
}

/** A harness that something new may be built on: Problem `not_found`, `bad_request` when archived. */
export async function requireActiveHarness(tx: Tx, orgId: Uuid, text: string): Promise<HarnessRow> {
  const row = await requireHarness(tx, orgId, text)
  if (row.status !== 'active')
    throw new Problem('bad_request', `The harness ${row.name} is archived`, { code: 'harness_archived' })
  return row
}

/** Problem `bad_request` for built-ins, which are read-only. */
export async function requireOwnHarness(tx: Tx, orgId: Uuid, text: string): Promise<HarnessRow> {
  const row = await requireHarness(tx, orgId, text)
  if (row.is_built_in) {
    throw new Problem('bad_request', `The harness ${row.name} is built in and cannot be changed; copy it instead`, {
      code: 'built_in',
    })
  }
  return row
}
