// Whether a name is free (`GET …/check-name`).
import { z } from 'zod'

export const nameQuery = { name: z.string(), exclude_id: z.string().nullish() }
export const nameAnswer = z.object({ available: z.boolean() })
