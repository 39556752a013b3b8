// A circuit breaker on the wire.
import { z } from 'zod'
import { timestamp, toWireTime, toWireTimeOrNone } from '../../shared/time.ts'
import { count } from '../lists.ts'

export interface CircuitRow {
  key: string
  state: 'closed' | 'open' | 'half_open'
  failure_count: number
  success_count: number
  last_failure_at: Date | null
  opened_at: Date | null
  half_open_at: Date | null
  updated_at: Date
}

/** `llm:provider_…`: what kind of service, and which. */
export const circuitKey = z.string().trim().min(1).max(255)

export const circuitBreaker = z
  .object({
    key: z.string(),
    state: z.enum(['closed', 'open', 'half_open']),
    failure_count: count,
    success_count: count,
    last_failure_at: timestamp.optional(),
    opened_at: timestamp.optional(),
    half_open_at: timestamp.optional(),
    updated_at: timestamp,
  })
  .meta({ id: 'CircuitBreakerResponse' })

/** Row → wire. */
export const toCircuitBreaker = (row: CircuitRow): z.input<typeof circuitBreaker> => ({
  key: row.key,
  state: row.state,
  failure_count: row.failure_count,
  success_count: row.success_count,
  last_failure_at: toWireTimeOrNone(row.last_failure_at),
  opened_at: toWireTimeOrNone(row.opened_at),
  half_open_at: toWireTimeOrNone(row.half_open_at),
  updated_at: toWireTime(row.updated_at),
})
