// What a session keeps beside its files: values and secrets.
import { listKeys, listSecrets } from './list.ts'
import { batchSetSecrets } from './set-secrets.ts'
import { getSessionSecret, getSessionValue, listSessionSecrets, listSessionValues } from './worker.ts'

export const storage = [
  listKeys,
  listSecrets,
  batchSetSecrets,
  getSessionValue,
  listSessionValues,
  getSessionSecret,
  listSessionSecrets,
]
