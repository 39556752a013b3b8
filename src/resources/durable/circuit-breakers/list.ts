// GET /v1/durable/circuit-breakers and /{key}
import { z } from 'zod'
import { operation } from '../../context.ts'
import { totalled } from '../lists.ts'
import { circuitBreaker, circuitKey, toCircuitBreaker } from './shape.ts'
import { circuitsOfOrg, findCircuit } from './store.ts'

export const listCircuitBreakers = operation({
  name: 'list_circuit_breakers',
  route: 'GET /v1/durable/circuit-breakers',
  tag: 'durable',
  summary: 'List the circuit breakers that were ever opened.',
  needs: 'durable.view',
  class: 'read',
  input: z.object({}),
  output: totalled(circuitBreaker, 'CircuitBreakersListResponse'),

  async run({ tx, orgId }) {
    const rows = await circuitsOfOrg(tx, orgId)
    return { data: rows.map(toCircuitBreaker), total: rows.length }
  },
})

export const getCircuitBreaker = operation({
  name: 'get_circuit_breaker',
  route: 'GET /v1/durable/circuit-breakers/{key}',
  tag: 'durable',
  summary: 'Read a circuit breaker.',
  needs: 'durable.view',
  class: 'read',
  input: z.object({ key: circuitKey }),
  output: circuitBreaker,

  async run({ tx, orgId }, { key }) {
    return toCircuitBreaker(await findCircuit(tx, orgId, key))
  },
})
