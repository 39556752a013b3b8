// What a worker asks when it no longer has what it was sent before: the whole context of the step it holds.
import { z } from 'zod'
import { Problem } from '../../contract/problem.ts'
import { turn } from '../../turn/plan.ts'
import type { TurnState } from '../../turn/state.ts'
import { operation } from '../context.ts'
import { readTranscript, stepContext, transcriptOf } from './context.ts'

export const turnContext = operation({
  name: 'turn_context',
  tag: 'turns',
  summary: 'The configuration and the transcript that the held step works on, from a sequence on.',
  needs: 'sessions.view',
  class: 'read',
  audience: 'worker',
  input: z.object({ from: z.number().int().min(0).default(0) }),
  /** A StepContext (turn/session-config.ts). */
  output: z.any(),

  async run({ tx, orgId, turns, lease }, { from }) {
    if (!lease) throw new Problem('forbidden', 'The context is only given to a step that is being run')
    const workflow = await tx
      .selectFrom('workflows')
      .select(['state', 'version'])
      .where('id', '=', lease.workflowId)
      .executeTakeFirst()
    if (!workflow || !turn.reads.includes(workflow.version)) throw new Problem('not_found', 'The turn is gone')
    // The version was checked above; the state was written by a plan.
    const state = workflow.state as unknown as TurnState
    const request = { orgId, sessionId: lease.sessionId, model: state.controls.model_id ?? null, revision: null }
    const [loading] = turns.configs.of([request])
    const config = await loading
    if (!config) throw new Problem('not_found', 'No such session')
    const events = await readTranscript(tx, lease.sessionId, from, state.through)
    return stepContext(state, config, true, transcriptOf(from, state.through, events))
  },
})
