// The three list shapes of the contract; there is no fourth.
import { z } from 'zod'

/** Query parameters of a paginated list. Above the maximum `limit` is clamped; zero or less is refused. */
export const pageQuery = {
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .default(20)
    .transform((n) => Math.min(n, 100)),
}

/** 1. `{data, total, offset, limit, next_url?, prev_url?}` */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    data: z.array(item),
    total: z.number().int(),
    offset: z.number().int(),
    limit: z.number().int(),
    next_url: z.string().optional(),
    prev_url: z.string().optional(),
  })

/** 2. `{data}` */
export const listOf = <T extends z.ZodType>(item: T) => z.object({ data: z.array(item) })

export const searchTokens = (search: string | undefined): string[] => (search ?? '').split(/\s+/).filter(Boolean).slice(0, 8)
