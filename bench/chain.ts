// The workflow that is measured without agents: three steps one after another, each stored before the next begins.
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { draft } from '../src/contract/events/index.ts'
import type { Uuid } from '../src/contract/ids.ts'
import type { Plan, WorkflowType } from '../src/contract/workflow.ts'
import type { Item, WorkflowRegistration } from '../src/durable/index.ts'
import type { Steps } from '../src/worker/index.ts'
import type { ChainStart } from './messages.ts'

const stepsInChain = 3
/** Step 2 of a recorded chain takes this long, so that a worker can be killed inside it. */
export const holdMs = 3_000

interface Chain {
  kind: ChainStart['kind']
  number: number
  done: number
  last: unknown
}

const next = (state: Chain): Plan<Chain> =>
  state.done >= stepsInChain
    ? { state, end: { status: 'completed', result: state.done } }
    : {
        state,
        tasks: [
          {
            key: `step-${state.done + 1}`,
            kind: state.kind,
            class: 'pure',
            input: { number: state.number, step: state.done + 1 },
          },
        ],
      }

const chain: WorkflowType<Chain> = {
  type: 'bench_chain',
  version: 1,
  reads: [1],
  plan(state, outcome) {
    if (outcome.status !== 'finished' || outcome.task.key !== `step-${state.done + 1}`) return { state }
    return next({ ...state, done: state.done + 1, last: outcome.value })
  },
}

export const chainRegistration: WorkflowRegistration<Chain> = {
  type: chain,
  contexts: (requests) => requests.map(async () => '{}'),
}

/** The one engine transaction that a start is. */
export const startChain = ({ id, head, kind, number }: ChainStart): Item<void> => ({
  name: 'start_chain',
  sessionId: head,
  bytes: 200,
  fold: (view) => {
    view.start(id, chain, next({ kind, number, done: 0, last: null }))
  },
})

const stepEvent = (step: number) =>
  draft('tool.progress', { tool_call_id: `step-${step}`, tool_name: 'bench', message: 'A step is done.' })

// Written by `next`.
const inputOf = (input: unknown): { number: number; step: number } => input as { number: number; step: number }

/** `noop` stores a value and one event; `recorded` also leaves a row of its effect in a database that the engine knows nothing of. */
export function chainSteps(done: (workflow: Uuid) => void, effectsUrl: string | undefined): Steps {
  const effects = effectsUrl ? new pg.Pool({ connectionString: effectsUrl, max: 20 }) : null
  return {
    async noop({ input, workflowId }) {
      const { step } = inputOf(input)
      const stored = step === stepsInChain ? () => done(workflowId) : undefined
      return { kind: 'finish', value: step, events: [stepEvent(step)], stored }
    },
    async recorded({ input }) {
      const { number, step } = inputOf(input)
      await effects?.query('insert into effects (chain, step, pid) values ($1, $2, $3)', [number, step, process.pid])
      if (step === 2) await pause(holdMs)
      return { kind: 'finish', value: step, events: [stepEvent(step)] }
    },
  }
}
