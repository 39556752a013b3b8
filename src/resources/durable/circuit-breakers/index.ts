// The operations on circuit breakers.
import { deleteCircuitBreaker, forceCloseCircuitBreaker, forceOpenCircuitBreaker } from './change.ts'
import { getCircuitBreaker, listCircuitBreakers } from './list.ts'

export const circuitBreakers = [
  listCircuitBreakers,
  getCircuitBreaker,
  deleteCircuitBreaker,
  forceOpenCircuitBreaker,
  forceCloseCircuitBreaker,
]
