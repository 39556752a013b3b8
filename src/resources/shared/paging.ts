// The answer of a paginated list, with the addresses of its neighbours.
import type { Ctx } from '../context.ts'

interface Page<T> {
  data: T[]
  total: number
  offset: number
  limit: number
  next_url?: string
  prev_url?: string
}

/** What the caller asked for: paging, and the filters that the neighbours' addresses keep. */
interface Asked {
  offset: number
  limit: number
  [filter: string]: string | number | boolean | null | undefined
}

/** `path` begins after `/v1/`. At the ends the neighbour's address is absent. */
export function pageOfRows<T>(urls: Ctx['urls'], path: string, asked: Asked, data: T[], total: number): Page<T> {
  const { offset, limit } = asked
  const at = (start: number) => `${urls.api}/v1/${path}?${queryText({ ...asked, offset: start })}`
  return {
    data,
    total,
    offset,
    limit,
    ...(offset + limit < total ? { next_url: at(offset + limit) } : {}),
    ...(offset > 0 ? { prev_url: at(Math.max(0, offset - limit)) } : {}),
  }
}

function queryText(asked: Asked): string {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(asked)) if (value !== undefined && value !== null) query.set(key, String(value))
  return query.toString()
}
