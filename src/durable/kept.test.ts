import { expect, test } from 'vitest'
import { newId, type Uuid } from '../contract/ids.ts'
import { KeptHeads } from './kept.ts'
import { HeadView } from './view.ts'

/** A head with a workflow that is under way, and whose state is so long. */
function viewOf(sessionId: Uuid, length: number): HeadView {
  const [orgId, workflowId] = [newId(), newId()]
  const head = { sessionId, orgId, lastSequence: 0, lastInput: 0, liveTurn: workflowId, revision: 1 }
  const state = { text: 'x'.repeat(length) }
  const of = { id: workflowId, orgId, sessionId, type: 'counting', status: 'running', version: 1, state } as const
  const rows = { head, workflow: { ...of, result: null, error: null }, tasks: [], now: 0, configRevision: null }
  const looked = { leases: new Map(), revisions: new Map(), accepts: new Map(), inputs: new Map(), written: new Set<string>() }
  return new HeadView({ ...rows, ...looked }, new Map(), { place: () => null, mayKeep: () => true, knows: () => true })
}

test('heads are kept up to a weight of all together, those that were used last', () => {
  const kept = new KeptHeads(100_000)
  const ids = Array.from({ length: 10 }, () => newId())
  for (const id of ids) kept.keep([viewOf(id, 20_000)])
  expect(kept.take(ids).map(({ head }) => head.sessionId)).toEqual(ids.slice(-4))
  // Whoever was taken out weighs nothing any more.
  for (const id of ids) kept.keep([viewOf(id, 1)])
  expect(kept.take(ids)).toHaveLength(10)
})
