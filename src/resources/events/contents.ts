// Prompts and tool lists that many events name by hash, stored once.

import { toJsonText } from '../../contract/json.ts'
import { type EffectStore, lastPerKey } from '../effect-store.ts'

/** Store `contents`, key = hash: `{body}`. The same hash always has the same body, so nothing is ever replaced. */
export const contentEffects: EffectStore = {
  store: 'contents',
  revisions: () => {
    throw new Error('contents never change: nothing depends on their revision')
  },
  writes: (items) => {
    const once = lastPerKey(items)
    return [
      {
        name: 'insert_contents',
        text: `insert into contents (org_id, hash, body)
               select distinct on (org_id, hash) org_id, hash, body::json from unnest($1::uuid[], $2::text[], $3::text[]) n (org_id, hash, body)
               order by org_id, hash on conflict do nothing`,
        values: [once.map((i) => i.orgId), once.map((i) => i.key), once.map((i) => toJsonText(i.write?.body ?? null))],
      },
    ]
  },
}
