// POST /v1/durable/circuit-breakers/{key}/open and /close, and DELETE /{key}
import { z } from 'zod'
import { operation } from '../../context.ts'
import { circuitBreaker, circuitKey, toCircuitBreaker } from './shape.ts'
import { closeCircuit, deleteCircuit, findCircuit, noCircuit, openCircuit } from './store.ts'

const about = { tag: 'durable', needs: 'durable.manage', class: 'write', input: z.object({ key: circuitKey }) } as const

export const forceOpenCircuitBreaker = operation({
  ...about,
  name: 'force_open_circuit_breaker',
  route: 'POST /v1/durable/circuit-breakers/{key}/open',
  summary: 'Open a circuit breaker: the service is not called for half a minute, then tried again.',
  output: circuitBreaker,

  async run({ tx, orgId }, { key }) {
    await openCircuit(tx, orgId, key)
    return toCircuitBreaker(await findCircuit(tx, orgId, key))
  },
})

export const forceCloseCircuitBreaker = operation({
  ...about,
  name: 'force_close_circuit_breaker',
  route: 'POST /v1/durable/circuit-breakers/{key}/close',
  summary: 'Close a circuit breaker: the service is called again.',
  output: circuitBreaker,

  async run({ tx, orgId }, { key }) {
    if (!(await closeCircuit(tx, orgId, key))) throw noCircuit()
    return toCircuitBreaker(await findCircuit(tx, orgId, key))
  },
})

export const deleteCircuitBreaker = operation({
  ...about,
  name: 'delete_circuit_breaker',
  route: 'DELETE /v1/durable/circuit-breakers/{key}',
  summary: 'Forget a circuit breaker: it is closed, and nothing was ever counted.',
  output: z.object({ key: z.string(), deleted: z.boolean() }),

  async run({ tx, orgId }, { key }) {
    if (!(await deleteCircuit(tx, orgId, key))) throw noCircuit()
    return { key, deleted: true }
  },
})
