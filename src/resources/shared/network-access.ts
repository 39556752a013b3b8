// Which hosts an agent may reach: `example.com`, `*.example.com`, `https://host/path/`; blocked wins.
import { z } from 'zod'
import { tooBig } from './limits.ts'

const maxPatterns = 1000

const patterns = z.array(z.string().trim().min(1).max(2048)).superRefine((list, context) => {
  if (list.length > maxPatterns) tooBig(context, 'array', maxPatterns, list)
})

export const networkAccess = z
  .object({ allowed: patterns.optional(), blocked: patterns.optional() })
  .meta({ id: 'NetworkAccessList' })
export type NetworkAccessList = z.output<typeof networkAccess>

/** `{}` means no restriction, which is stored as none. */
export const orUnrestricted = (access: NetworkAccessList | null | undefined): NetworkAccessList | null =>
  access?.allowed?.length || access?.blocked?.length ? access : null
