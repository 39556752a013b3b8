import { z } from 'zod'
import { toJsonText } from '../../contract/json.ts'
import { Problem } from '../../contract/problem.ts'
import { operation } from '../context.ts'
import { lockHead, noSession } from '../sessions/store.ts'
import { wireId } from '../shared/ids.ts'
import { kib, textUpTo, tooBig } from '../shared/limits.ts'
import { isInternal } from './internal.ts'
import { secretPlace } from './seal-place.ts'
import { setSecrets } from './store.ts'

const maxSecrets = 100
const secretName = z.string().min(1).max(255)

export const batchSetSecrets = operation({
  name: 'batch_set_secrets',
  route: 'PUT /v1/sessions/{session_id}/storage/secrets',
  tag: 'session-storage',
  summary: 'Set secrets of a session; those of the same name are replaced, others stay.',
  needs: 'sessions.manage',
  class: 'write',
  input: z
    .object({
      session_id: wireId('session'),
      secrets: z.record(secretName, textUpTo(64 * kib)).superRefine((secrets, context) => {
        if (Object.keys(secrets).length > maxSecrets) tooBig(context, 'array', maxSecrets, secrets)
      }),
    })
    .meta({ id: 'BatchSetSecretsRequest' }),
  output: z.object({ count: z.number().int() }).meta({ id: 'BatchSetSecretsResponse' }),

  async run({ tx, orgId, sealer }, { session_id, secrets }) {
    const reserved = Object.keys(secrets).find(isInternal)
    if (reserved) throw new Problem('bad_request', `The name ${reserved} is reserved`, { code: 'reserved_name' })
    // Under the head, like the tools' own writes: whoever depends on a secret being absent can rely on it.
    if (!(await lockHead(tx, orgId, session_id))) throw noSession()
    const sealed = Object.entries(secrets).map(([name, value]) => ({
      name,
      value: toJsonText(sealer.seal(value, secretPlace(session_id, name))),
    }))
    if (sealed.length > 0) await setSecrets(tx, orgId, session_id, sealed)
    return { count: sealed.length }
  },
})
