// The state of one turn: small, versioned, stored in its workflow row. The transcript is not in it; it is in the events.

import type { Uuid } from '../contract/ids.ts'
import type { Controls, TokenUsage } from '../contract/message.ts'
import type { StepClass } from '../contract/workflow.ts'

/** A tool call as planned: what the worker that read the model's answer knows about it. */
export interface PlannedCall {
  id: string
  name: string
  arguments: unknown
  class: StepClass
  concurrencyClass?: string
  displayName?: string
  narration?: string
  /** Whoever read the answer has the tool: a worker that has not is of another release. */
  known?: true
}

export type CallProgress = 'queued' | 'open' | 'success' | 'error'

export interface BatchCall {
  id: string
  name: string
  class: StepClass
  concurrencyClass?: string
  progress: CallProgress
}

export type Phase =
  | { do: 'reason' }
  /** Calls that wait for their class keep their input here until their task exists. */
  | { do: 'act'; startedAt: number; calls: BatchCall[]; queued: PlannedCall[] }
  /** Client-side calls: each is an open task nobody holds. */
  | { do: 'wait'; startedAt: number; calls: BatchCall[] }
  /** `resumeAs`: what goes on after a resume. */
  | { do: 'paused'; why: string; resumeAs: 'reason' }
  /** Ended: whatever is still reported changes nothing. */
  | { do: 'done' }

export interface TurnState {
  version: 1
  /** Also the UUID of the message that began the turn. */
  turnId: Uuid
  harnessId: Uuid
  agentId: Uuid | null
  startedAt: number
  /** Model calls so far; the next reason task is `reason-<iteration + 1>`. */
  iteration: number
  maxIterations: number
  /** The last input message the current or last reason step was given. */
  through: number
  controls: Controls
  /** How long client-side calls are waited for. */
  toolResultTimeoutMs: number
  phase: Phase
  usage: TokenUsage
  /** The session's total when the turn began. */
  usageBefore?: TokenUsage
  toolCallCount: number
  timeToFirstTokenMs?: number
  /** Start of the input and of the final answer, for previews. */
  inputPreview: string
  finalMessageId?: string
  finalPreview?: string
}

/**
 * What a reason step returns. The ids of `calls` are task keys: unique in the whole turn and never `reason-<n>`;
 * the worker that reads the model's answer renames what is not, in the message as well.
 */
export type ReasonOutcome =
  | {
      ok: true
      /** Wire form (`message_…`). */
      messageId: string
      preview: string
      finishReason: 'stop' | 'tool_calls' | 'length' | 'refusal' | 'other'
      calls: PlannedCall[]
      usage: TokenUsage
      timeToFirstTokenMs?: number
    }
  | { ok: false; error: TurnError; usage?: TokenUsage }

/** What an act step returns; its tool.completed event travels beside it. */
export interface ActOutcome {
  status: 'success' | 'error' | 'timeout' | 'cancelled'
}

/** A failure as a user meets it (turn/errors.ts makes the sentence). */
export interface TurnError {
  code: string
  message: string
  fields?: Record<string, unknown>
  disclosure: 'generic' | 'standard' | 'detailed'
}
