// The operations on providers.
import { providerConfig } from './config.ts'
import { createProvider } from './create.ts'
import { resolveCredentials } from './credentials.ts'
import { deleteProvider } from './delete.ts'
import { getProvider } from './get.ts'
import { listProviders } from './list.ts'
import { syncModels } from './sync-models.ts'
import { updateProvider } from './update.ts'

export const providers = [
  listProviders,
  createProvider,
  providerConfig,
  getProvider,
  updateProvider,
  deleteProvider,
  syncModels,
  resolveCredentials,
]
