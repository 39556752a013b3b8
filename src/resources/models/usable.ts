// Whether a model could be called now.
import type { Ctx } from '../context.ts'
import type { ModelRow } from './store.ts'

type Provided = Pick<ModelRow, 'provider_status' | 'provider_type' | 'credentials'>

/** Its provider is active, we have a driver for it, and the key is there where one is needed. */
export function isHealthy(model: Provided, drivers: Ctx['drivers']): boolean {
  const driver = drivers.find(({ id }) => id === model.provider_type)
  return driver !== undefined && model.provider_status === 'active' && (!driver.needsKey || model.credentials !== null)
}
