// The operations on organisations. A caller sees the one it acts in.
import { getOrganization } from './get.ts'
import { listOrganizations } from './list.ts'
import { updateOrganization } from './update.ts'

export const organizations = [listOrganizations, getOrganization, updateOrganization]
