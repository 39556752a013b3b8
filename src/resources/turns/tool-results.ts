// The results of client-side tools come in; the waiting turn goes on.
import { z } from 'zod'
import { overLimit, Problem } from '../../contract/problem.ts'
import { operation } from '../context.ts'
import { wireId } from '../shared/ids.ts'

const resultMaxBytes = 100 * 1024

const clientToolResult = z
  .object({ tool_call_id: z.string().min(1), result: z.any().optional(), error: z.string().nullish() })
  .meta({ id: 'ClientToolResult' })

/** Problems: `conflict` when nothing waits for results, `bad_request` for none, for too large ones and for other ids than the pending. */
export const submitToolResults = operation({
  name: 'submit_tool_results',
  route: 'POST /v1/sessions/{session_id}/tool-results',
  tag: 'sessions',
  summary: 'Give the results of all pending client-side tool calls.',
  needs: 'sessions.manage',
  class: 'write',
  ownTransactions: true,
  input: z.object({ session_id: wireId('session'), tool_results: z.array(clientToolResult) }),
  output: z.object({ accepted: z.number().int(), status: z.string() }).meta({ id: 'SubmitToolResultsResponse' }),

  async run({ turns, orgId, idempotencyKey }, { session_id, tool_results }) {
    if (tool_results.length === 0) throw new Problem('bad_request', 'tool_results must hold at least one result')
    for (const { result, error } of tool_results) {
      if (Buffer.byteLength(JSON.stringify(result ?? null)) + (error?.length ?? 0) > resultMaxBytes) throw overLimit()
    }
    const { accepted } = await turns.submitResults(orgId, session_id, tool_results, idempotencyKey)
    return { accepted, status: 'active' }
  },
})
