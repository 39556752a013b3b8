// The operations on the catalogue of capabilities.
import { getCapability } from './get.ts'
import { listCapabilities } from './list.ts'

export const capabilities = [listCapabilities, getCapability]
